import type { StepDefinition } from '../core/step.ts';

/** Every step of the analysis, one line each, in the order in which they are shown. */
export const steps: StepDefinition[] = [];
