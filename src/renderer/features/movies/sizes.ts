/** Pictures of a movie, widest use first. */
export const SIZES: readonly (readonly [string, string])[] = [
  ['1920 × 1080', '1080p, 1920 × 1080'],
  ['1280 × 720', '720p, 1280 × 720'],
  ['2560 × 1440', '1440p, 2560 × 1440'],
  ['3840 × 2160', '4K, 3840 × 2160'],
  ['1080 × 1080', 'square, 1080 × 1080'],
];

export function sizeName([width, height]: readonly [number, number]): string {
  return `${width} × ${height}`;
}
