// Writes grafana/data/vocabulary.json: which members and values Grafana's dashboards know, read from the types and lists
// that Grafana publishes to npm (@grafana/schema and @grafana/data, both Apache-2.0).
//
// These two and typescript are to be in NODE_MODULES; @grafana/data is no pinned tool, as nothing else needs it.
//
//   node tests/tools/grafana_vocabulary.mjs NODE_MODULES grafana/data/vocabulary.json
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, output] = process.argv.slice(2).map((argument) => path.resolve(argument));
const require = createRequire(path.join(modules, 'x.js'));
const ts = require('typescript');
globalThis.navigator = { language: 'en-US', languages: ['en-US'] };
const data = require('@grafana/data');

const schema = path.join(modules, '@grafana/schema');
const version = JSON.parse(fs.readFileSync(path.join(schema, 'package.json'))).version;

// The panels' ids in dashboards, and the folders of their types.
const PANELS = {
  annolist: 'annotationslist', barchart: 'barchart', bargauge: 'bargauge', candlestick: 'candlestick', canvas: 'canvas',
  dashlist: 'dashboardlist', gauge: 'gauge', geomap: 'geomap', heatmap: 'heatmap', histogram: 'histogram', logs: 'logs',
  news: 'news', nodeGraph: 'nodegraph', piechart: 'piechart', stat: 'stat', 'state-timeline': 'statetimeline',
  'status-history': 'statushistory', table: 'table', text: 'text', timeseries: 'timeseries', trend: 'trend',
  xychart: 'xychart',
};
// Panels of Grafana itself whose options have no published types.
const UNTYPED = ['alertlist', 'debug', 'flamegraph', 'gettingstarted', 'row', 'traces', 'welcome', 'datagrid'];
// Panels of old dashboards that Grafana turns into newer ones when it loads them.
const MIGRATED = ['graph', 'singlestat', 'table-old', 'grafana-worldmap-panel', 'grafana-piechart-panel',
  'grafana-singlestat-panel', 'natel-discrete-panel', 'flant-statusmap-panel'];

function typesOf(folder) {
  const base = path.join(schema, 'dist/types/raw/composable', folder, 'panelcfg/x');
  return path.join(base, fs.readdirSync(base).find((file) => file.endsWith('.d.ts')));
}

const identifier = (id) => id.replace(/\W/g, '_');
const lines = ["import type { Dashboard as D } from '@grafana/schema';", 'export type Dashboard = D;'];
for (const [id, folder] of Object.entries(PANELS)) {
  const text = fs.readFileSync(typesOf(folder), 'utf8');
  lines.push(`import type * as ${identifier(id)} from '${typesOf(folder)}';`);
  for (const kind of ['Options', 'FieldConfig']) {
    if (new RegExp(`export (interface|type) ${kind}\\b`).test(text)) {
      lines.push(`export type ${identifier(id)}_${kind} = ${identifier(id)}.${kind};`);
    }
  }
}
const source = path.join(modules, '..', 'belvedere-vocabulary.ts');
fs.writeFileSync(source, lines.join('\n'));
const program = ts.createProgram([source], {
  strict: true, skipLibCheck: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const wrong = ts.getPreEmitDiagnostics(program).map((at) => ts.flattenDiagnosticMessageText(at.messageText, '\n'));
if (wrong.length) throw new Error(wrong.join('\n'));
const checker = program.getTypeChecker();

const shapes = {};
const named = new Map();

function shape(type) {
  const is = (flags) => type.flags & flags;
  if (is(ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return 'any';
  if (is(ts.TypeFlags.Boolean | ts.TypeFlags.BooleanLiteral)) return 'boolean';
  if (type.isUnion()) {
    const nothing = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;
    const parts = type.types.filter((part) => !(part.flags & nothing));
    const literal = ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral | ts.TypeFlags.EnumLiteral;
    if (parts.length > 1 && parts.every((part) => part.flags & literal && !(part.flags & ts.TypeFlags.BooleanLiteral))) {
      return { enum: [...new Set(parts.map((part) => part.value))].sort() };
    }
    const all = [...new Set(parts.map((part) => JSON.stringify(shape(part))))].map((text) => JSON.parse(text));
    if (all.includes('any')) return 'any';
    return all.length === 1 ? all[0] : { oneOf: all };
  }
  if (is(ts.TypeFlags.StringLiteral | ts.TypeFlags.NumberLiteral)) return { enum: [type.value] };
  if (is(ts.TypeFlags.StringLike)) return 'string';
  if (is(ts.TypeFlags.NumberLike)) return 'number';
  if (checker.isArrayType(type) || checker.isTupleType(type)) {
    const [element] = checker.getTypeArguments(type);
    return { list: element ? shape(element) : 'any' };
  }
  if (type.getCallSignatures().length) return 'any';
  const properties = checker.getPropertiesOfType(type);
  if (!properties.length) {
    const index = type.getStringIndexType();
    const element = index ? shape(index) : 'any';
    return element === 'any' ? 'object' : { map: element };
  }
  if (!named.has(type)) {
    const base = (type.aliasSymbol ?? type.symbol)?.name.replace(/^__type$/, 'Part') ?? 'Part';
    let name = base;
    for (let number = 2; name in shapes; number += 1) name = `${base}${number}`;
    named.set(type, name);
    shapes[name] = {};
    for (const property of properties) shapes[name][property.name] = shape(checker.getTypeOfSymbol(property));
  }
  return { ref: named.get(type) };
}

const vocabulary = { dashboard: null, panels: {} };
for (const id of [...Object.keys(PANELS), ...UNTYPED]) vocabulary.panels[id] = {};
for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(source)))) {
  const [, name, kind] = /^(.*)_(Options|FieldConfig)$/.exec(symbol.name) ?? [];
  const members = shape(checker.getDeclaredTypeOfSymbol(symbol));
  if (!name) vocabulary.dashboard = members;
  else {
    const id = Object.keys(PANELS).find((panel) => identifier(panel) === name);
    vocabulary.panels[id][kind === 'Options' ? 'options' : 'custom'] = members;
  }
}
fs.rmSync(source);

vocabulary.migratedPanels = MIGRATED;
vocabulary.units = data.getValueFormats().flatMap((category) => category.submenu.map((unit) => unit.value)).sort();
vocabulary.transformations = Object.values(data.DataTransformerID).sort();
vocabulary.matchers = [...Object.values(data.FieldMatcherID), ...Object.values(data.FrameMatcherID)].sort();
vocabulary.reducers = Object.values(data.ReducerID).sort();
vocabulary.shapes = shapes;

const notice = `Made by tests/tools/grafana_vocabulary.mjs from @grafana/schema and @grafana/data ${version}, `
  + 'Copyright Grafana Labs, licensed under the Apache License, Version 2.0';
const text = Object.entries(vocabulary).map(([name, value]) => {
  const members = typeof value === 'object' && !Array.isArray(value) && !value.ref ? Object.entries(value) : null;
  const inner = members?.map(([key, member]) => `    ${JSON.stringify(key)}: ${JSON.stringify(member)}`).join(',\n');
  return `  ${JSON.stringify(name)}: ${members ? `{\n${inner}\n  }` : JSON.stringify(value)}`;
});
fs.writeFileSync(output, `{\n  "notice": ${JSON.stringify(notice)},\n${text.join(',\n')}\n}\n`);
