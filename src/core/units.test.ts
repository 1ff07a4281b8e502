import { describe, expect, it } from 'vitest';
import { parseArea, parseBytes, parseDuration, parseLength } from './units.ts';

describe('quantities with units', () => {
  it('reads the spellings people use', () => {
    expect(parseDuration('30min')).toBe(0.5);
    expect(parseDuration('90 s')).toBeCloseTo(0.025, 12);
    expect(parseLength('1.625um')).toBe(1.625);
    expect(parseLength('.5 µm')).toBe(0.5); // micro sign
    expect(parseLength('0.5μm')).toBe(0.5); // Greek mu
    expect(parseLength('1.625e-3mm')).toBeCloseTo(1.625, 12);
    expect(parseArea('7.07mm2')).toBe(7.07);
    expect(parseArea('0.0707 cm²')).toBeCloseTo(7.07, 12);
    expect(parseBytes('2GiB')).toBe(2 ** 31);
    expect(parseBytes('500MB')).toBe(5e8);
  });

  it.each(['', '30', 'min', '-3um', '0um', '1e999um', '3 parsec', '1um 2um', 'NaNum', '3toString'])(
    'refuses %j and says how to write it',
    (text) => {
      expect(() => parseLength(text, '--voxel-size')).toThrow(/--voxel-size.*1\.625um/);
    },
  );
});
