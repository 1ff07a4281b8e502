import { expect, test } from 'vitest';
import { flagTitle, flagWords, noteText } from './notes.ts';

test.each([
  [
    'null: thickness.working.edgeToCentre: the reference has no lithium plated',
    'Lithium at the edge against the centre is not known: the reference has no lithium plated.',
  ],
  [
    'null: cycle 2, ceTomography: no usable scan lies in its stripping',
    'The Coulombic efficiency from the scans of cycle 2 is not known: no usable scan lies in its stripping.',
  ],
  ['register: the electrolyte holds little texture', 'Registration: the electrolyte holds little texture.'],
  [
    'thickness: lithium reaches the lower end of the region; give a deeper regions.analysis',
    'Thickness: lithium reaches the lower end of the region; give a deeper region “working electrode”.',
  ],
  ['excluded: beam dump', 'Left out: beam dump.'],
  ['null: someNew.fieldUm: it is new', 'Some new field um is not known: it is new.'],
])('%s', (note, words) => {
  expect(noteText(note)).toBe(words);
});

test('no field name is left in any note', () => {
  const notes = [
    'normalise: no collector; give recipe.regions.collector',
    'layers: the axis is not clear; give recipe.stack and recipe.regions',
    'cycles: no area of the electrode',
  ];
  for (const note of notes) expect(noteText(note)).not.toMatch(/recipe\.|regions\.|[a-z][A-Z]/);
});

test('flags have a title and words, known or not', () => {
  expect(flagTitle('missing-wedge')).toBe('missing angles');
  expect(flagWords('noisy')).toMatch(/than in the other scans/);
  expect(flagTitle('new-flag')).toBe('new flag');
});
