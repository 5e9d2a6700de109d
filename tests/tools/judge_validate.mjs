// Runs AWS's cloudformation-validate over templates: node judge_validate.mjs PACKAGE TEMPLATE...
// One JSON report a line, so that judge.py decides what counts.
import { pathToFileURL } from "node:url";

const [packagePath, ...templates] = process.argv.slice(2);
const { CelEngine, TemplateFile } = await import(pathToFileURL(packagePath).href);
const engine = new CelEngine();
for (const file of templates) {
  const { status, diagnostics } = engine.validateStandard(new TemplateFile(file));
  process.stdout.write(JSON.stringify({ file, status, diagnostics }) + "\n");
}
engine.free();
