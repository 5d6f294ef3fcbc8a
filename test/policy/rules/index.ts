import type { Rule } from "../rule";
import { availabilityRules } from "./availability";
import { lifecycleRules } from "./lifecycle";
import { networkRules } from "./network";
import { podSecurityRules } from "./pod-security";
import { referenceRules } from "./references";
import { resourceRules } from "./resources";
import { secretRules } from "./secrets";

/** All rules of the policy pack. */
export const RULES: readonly Rule[] = [
  ...podSecurityRules,
  ...resourceRules,
  ...lifecycleRules,
  ...secretRules,
  ...availabilityRules,
  ...networkRules,
  ...referenceRules,
];
