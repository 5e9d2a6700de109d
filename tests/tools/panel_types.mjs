// Checks dashboards against Grafana's own types, panel by panel: the whole against `Dashboard`, the options and fields of
// each core panel against its plugin's types, the properties of overrides, and the queries to CloudWatch.
//
//   node panel_types.mjs <folder with node_modules> <dashboard.json>...
//
// Prints what the compiler says, and ends with 1 if it says anything.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const [folder, ...files] = process.argv.slice(2);
const modules = resolve(folder, "node_modules");
const ts = createRequire(join(modules, "x.js"))("typescript");

// The folder of a plugin's types, by the plugin's id.
const plugins = {
  "state-timeline": "statetimeline", "status-history": "statushistory", nodeGraph: "nodegraph", dashlist: "dashboardlist",
  annolist: "annotationslist",
};
const typed = ["timeseries", "stat", "gauge", "bargauge", "table", "heatmap", "histogram", "logs", "nodeGraph", "state-timeline",
  "status-history", "piechart", "barchart", "text", "dashlist", "annolist", "trend", "xychart", "geomap", "canvas", "news"];
const withFields = ["timeseries", "table", "heatmap", "histogram", "state-timeline", "status-history", "piechart", "barchart",
  "trend", "xychart"];
// What Grafana 13's types have lost, and Grafana 12 and before still read.
const old = { table: ["footer"] };

// What Grafana reads and its types do not list: members of variables and annotations, whose types are those of all kinds.
const unlisted = (dashboard) => {
  const copy = structuredClone(dashboard);
  for (const variable of copy.templating?.list ?? []) {
    for (const member of ["definition", "auto", "auto_count", "auto_min", "filters", "baseFilters"]) delete variable[member];
  }
  for (const annotation of copy.annotations?.list ?? []) {
    for (const member of ["titleFormat", "textFormat", "tagKeys", "useValueForTime"]) delete annotation[member];
    if (annotation.target) annotation.target = { refId: annotation.target.refId };
  }
  for (const panel of (copy.panels ?? []).flatMap((panel) => [panel, ...(panel.panels ?? [])])) {
    delete panel.fieldConfig?.defaults?.fieldMinMax;
  }
  return copy;
};

const lines = [];
const names = [];
const emit = (place, type, value) => {
  names.push(place);
  lines.push(`export const v${names.length}: ${type} = ${JSON.stringify(value)};`);
};
for (const plugin of typed) {
  const file = plugins[plugin] ?? plugin;
  lines.push(`import type * as P_${file} from "@grafana/schema/dist/types/raw/composable/${file}/panelcfg/x/types.gen";`);
}
lines.push(`import type * as P_cloudwatch from "@grafana/schema/dist/types/raw/composable/cloudwatch/dataquery/x/types.gen";`);
lines.push(`import type { Dashboard, FieldConfig } from "@grafana/schema";`);
// JSON has the words of an enumeration, and not its members.
lines.push(`type Wire<T> = unknown extends T ? any : T extends string ? \`\${T}\`
  : T extends number ? (\`\${T}\` extends \`\${infer N extends number}\` ? N : T)
  : T extends (infer U)[] ? Wire<U>[] : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;`);
// Grafana puts in what options leave out.
lines.push(`type Part<T> = T extends (infer U)[] ? Part<U>[] : T extends object ? { [K in keyof T]?: Part<T[K]> } : T;`);

const field = (file) => `Part<Wire<P_${file}.FieldConfig>>`;
for (const path of files) {
  const name = basename(path);
  const dashboard = JSON.parse(readFileSync(path, "utf8"));
  emit(name, "Wire<Dashboard>", unlisted(dashboard));
  for (const panel of (dashboard.panels ?? []).flatMap((panel) => [panel, ...(panel.panels ?? [])])) {
    const place = `${name}: panel \`${panel.title}\``;
    const file = plugins[panel.type] ?? panel.type;
    if (typed.includes(panel.type)) {
      const options = { ...panel.options };
      for (const member of old[panel.type] ?? []) delete options[member];
      emit(`${place}, options`, `Part<Wire<P_${file}.Options>>`, options);
    }
    if (withFields.includes(panel.type)) {
      emit(`${place}, fields`, field(file), panel.fieldConfig?.defaults?.custom ?? {});
    }
    for (const override of panel.fieldConfig?.overrides ?? []) {
      for (const { id, value } of override.properties) {
        const custom = id.startsWith("custom.") && id.slice(7);
        if (custom && custom !== "any" && withFields.includes(panel.type)) {
          emit(`${place}, override of \`${id}\``, field(file), { [custom]: value });
        } else if (!custom) {
          emit(`${place}, override of \`${id}\``, "Part<Wire<FieldConfig>>", { [id]: value });
        }
      }
    }
    for (const target of panel.targets ?? []) {
      if (target.datasource?.type !== "cloudwatch") continue;
      const type = target.queryMode === "Logs" ? "CloudWatchLogsQuery" : "CloudWatchMetricsQuery";
      emit(`${place}, query ${target.refId}`, `Omit<Wire<P_cloudwatch.${type}>, "datasource"> & { datasource: any }`, target);
    }
  }
}

const scratch = mkdtempSync(join(tmpdir(), "panel-types-"));
const source = join(scratch, "dashboards.ts");
writeFileSync(source, lines.join("\n"));
const options = {
  noEmit: true, strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
  baseUrl: scratch, paths: {
    "@grafana/schema": [join(modules, "@grafana/schema/dist/types/index.d.ts")],
    "@grafana/schema/*": [join(modules, "@grafana/schema/*")],
  },
};
const program = ts.createProgram([source], options);
const found = ts.getPreEmitDiagnostics(program);
for (const diagnostic of found) {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  const line = diagnostic.file && diagnostic.start !== undefined
    ? diagnostic.file.text.slice(0, diagnostic.start).split("\n").at(-1).match(/const v(\d+)/)
    : undefined;
  console.log(`${line ? names[line[1] - 1] : diagnostic.file?.fileName ?? "types"}: ${text}`);
}
rmSync(scratch, { recursive: true });
console.log(`${names.length} parts, ${found.length} findings`);
process.exit(found.length === 0 ? 0 : 1);
