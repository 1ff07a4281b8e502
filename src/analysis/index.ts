import type { StepDefinition } from '../core/step.ts';
import { cracks } from './cracks/index.ts';
import { cycles } from './cycles/index.ts';
import { intensity } from './intensity/index.ts';
import { layers } from './layers/index.ts';
import { lvf } from './lvf/index.ts';
import { normalise } from './normalise/index.ts';
import { phases } from './phases/index.ts';
import { pyramid } from './pyramid/index.ts';
import { quality } from './quality/index.ts';
import { register } from './register/index.ts';
import { thickness } from './thickness/index.ts';
import { track } from './track/index.ts';

/** Every step of the analysis, one line each, in the order in which they are shown. */
export const steps = [
  quality,
  layers,
  normalise,
  register,
  intensity,
  lvf,
  cracks,
  track,
  thickness,
  phases,
  pyramid,
  cycles,
] as unknown as StepDefinition[];
