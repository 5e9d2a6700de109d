// Judges queries by the grammars of Prometheus, Loki and Tempo: node lezer_judge.mjs FOLDER_WITH_NODE_MODULES < queries
// Reads one JSON object {language, query} a line; answers true for one without an error, or else where the first is.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.argv[2]}/package.json`);
const parsers = {
  promql: require("@prometheus-io/lezer-promql").parser,
  logql: require("@grafana/lezer-logql").parser,
  traceql: require("@grafana/lezer-traceql").parser,
};
for await (const line of createInterface({ input: process.stdin })) {
  const { language, query } = JSON.parse(line);
  let error = null;
  parsers[language].parse(query).iterate({
    enter(node) {
      if (node.type.isError && error === null) error = node.from;
    },
  });
  process.stdout.write(`${JSON.stringify(error === null ? true : error)}\n`);
}
