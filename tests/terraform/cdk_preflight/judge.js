// Puts a template (the first argument) into a stack, resource by resource and as it is, and lets cdk-preflight's rules judge
// it. Its report is validation-report.json in the folder of the second argument.
const fs = require("fs");
const { App, CfnParameter, CfnResource, Stack } = require("aws-cdk-lib");
const { Preflight } = require("cdk-preflight");

const template = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const app = new App({ outdir: process.argv[3] });
const stack = new Stack(app, "planned", { env: { account: "123456789012", region: "ap-northeast-1" } });
for (const [name, { Type }] of Object.entries(template.Parameters)) {
  new CfnParameter(stack, name, { type: Type });
}
for (const [name, { Type, Properties }] of Object.entries(template.Resources)) {
  new CfnResource(stack, name, { type: Type, properties: Properties });
}
Preflight.apply(app);
app.synth();
