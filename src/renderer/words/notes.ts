/** Notes, flags and steps of results in words: the names of their fields stay in the files. */

const FIELDS: Record<string, string> = {
  startH: 'the start of the exposure',
  endH: 'the end of the exposure',
  timeH: 'the time of the scan',
  'intensity.inert': 'the grey value of inert material',
  'quality.noise': 'the noise',
  'quality.sharpness': 'the sharpness',
  'quality.rings': 'the strength of rings',
  'thickness.working.edgeToCentre': 'lithium at the edge against the centre',
  'thickness.working.voidFractionUpper': 'the largest share of voids in plated lithium',
  'thickness.counter.edgeToCentre': 'counter electrode at the edge against the centre',
  'thickness.counter.voidFractionUpper': 'the largest share of voids at the counter electrode',
  plateEndScan: 'the scan at the end of plating',
  stripEndScan: 'the scan at the end of stripping',
  ceTomography: 'the Coulombic efficiency from the scans',
  ceElectrochemistry: 'the Coulombic efficiency from the log',
  uncertainty: 'the uncertainty of the efficiency',
  residualUm: 'what stays after stripping',
  extrapolatedUm: 'the thickness at the end of plating',
};

const STEPS: Record<string, string> = {
  quality: 'Quality',
  layers: 'Layers',
  normalise: 'Grey levels',
  register: 'Registration',
  intensity: 'Grey values',
  lvf: 'Lithium fraction',
  cracks: 'Cracks',
  track: 'Cracks over time',
  thickness: 'Thickness',
  phases: 'Phases',
  cycles: 'Cycles',
  excluded: 'Left out',
};

const REGIONS: Record<string, string> = {
  analysis: 'working electrode',
  counter: 'counter electrode',
  stable: 'at rest',
  collector: 'collector',
  lithium: 'lithium',
  inert: 'inert',
};

/** A note of the results as a sentence. */
export function noteText(note: string): string {
  const unknown = /^null: (?:cycle (\d+), )?([\w.]+): ([\s\S]+)$/.exec(note);
  if (unknown) {
    const [, cycle, field, why] = unknown;
    const of = cycle === undefined ? '' : ` of cycle ${cycle}`;
    return sentence(`${FIELDS[field!] ?? spaced(field!)}${of} is not known: ${why}`);
  }
  const step = /^(\w+): ([\s\S]+)$/.exec(note);
  const named = step ? `${STEPS[step[1]!] ?? spaced(step[1]!)}: ${step[2]}` : note;
  return sentence(
    named
      .replace(/recipe\.stack and recipe\.regions/, 'the axis of the stack and the regions by hand')
      .replace(/(give a \w+ )?(?:recipe\.)?regions\.(\w+)/g, (_, give: string | undefined, name: string) => {
        return `${give ?? 'the '}region “${REGIONS[name] ?? name}”`;
      }),
  );
}

const FLAGS: Record<string, [title: string, words: string]> = {
  aborted: ['aborted', 'Slices are missing or empty: the scan was broken off'],
  clipped: ['clipped', 'Bright voxels stand at the upper limit of their type: grey values there are lost'],
  'missing-wedge': ['missing angles', 'The turn lacks 20° or more: edges along the missing directions are smeared'],
  motion: ['moved', 'The cell moved during the scan'],
  rings: ['rings', 'Rings about the rotation axis are stronger than the noise allows'],
  'uneven-noise': ['uneven noise', 'Noise differs from place to place'],
  'wrong-centre': ['wrong centre', 'Edges are doubled as by a wrong centre of rotation'],
  blurred: ['blurred', 'Edges are less sharp than in the other scans'],
  noisy: ['noisy', 'Noise is stronger than in the other scans'],
};

/** A quality flag as it is shown. */
export function flagTitle(flag: string): string {
  return FLAGS[flag]?.[0] ?? spaced(flag);
}

/** What a quality flag says of a scan. */
export function flagWords(flag: string): string {
  return FLAGS[flag]?.[1] ?? spaced(flag);
}

/** "someField" as "some field", for names that have no words of their own yet. */
function spaced(name: string): string {
  return name.replace(/[._-]/g, ' ').replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
