import { PolicyPack } from "@pulumi/policy";
import { known } from "./known";
import { Objects } from "./rule";
import { RULES } from "./rules";

new PolicyPack("bigdata-lab", {
  enforcementLevel: "mandatory",
  policies: RULES.map(({ name, says, violations }) => ({
    name,
    description: says,
    validateStack: ({ resources }, report) => {
      const objects = new Objects(resources.map(({ type, props }) => ({ type, inputs: known(props) })));
      for (const violation of violations(objects)) report(violation);
    },
  })),
});
