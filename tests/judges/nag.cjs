// Every pack of cdk-nag on the templates that are named: [file, rule, resource], one a finding.
const { Stack } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const nag = require("cdk-nag");

const PACKS = [
  "AwsSolutionsChecks", "HIPAASecurityChecks", "NIST80053R4Checks", "NIST80053R5Checks", "PCIDSS321Checks",
  "ServerlessChecks",
];

const found = [];
for (const templateFile of process.argv.slice(2)) {
  const stack = new Stack(undefined, "Judged");
  new CfnInclude(stack, "Template", { templateFile });
  for (const pack of PACKS) {
    for (const violation of new nag[pack](stack, {}).validateScope(stack).violations) {
      const threw = violation.description.startsWith("Rule threw an error");
      for (const { constructPath } of violation.violatingResources) {
        const rule = threw ? `${violation.ruleName} threw an error` : violation.ruleName;
        found.push([templateFile, rule, constructPath.split("/").pop()]);
      }
    }
  }
}
console.log(JSON.stringify(found));
