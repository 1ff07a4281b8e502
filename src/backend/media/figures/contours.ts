import { num } from './svg.ts';

/** Corners of the cell (row, column) that lie above the level, as bits 1, 2, 4, 8 clockwise from (0, 0). */
const EDGES: Readonly<Record<number, readonly [number, number][]>> = {
  1: [[3, 0]],
  2: [[0, 1]],
  3: [[3, 1]],
  4: [[1, 2]],
  5: [
    [3, 0],
    [1, 2],
  ],
  6: [[0, 2]],
  7: [[3, 2]],
  8: [[2, 3]],
  9: [[2, 0]],
  10: [
    [0, 1],
    [2, 3],
  ],
  11: [[2, 1]],
  12: [[1, 3]],
  13: [[1, 0]],
  14: [[0, 3]],
};

/**
 * Where a field crosses a level, as SVG path data: straight pieces between the edges of cells of four neighbours. Values are
 * at the middle of pixels of `pixelWidth` × `pixelHeight`; beyond the border the field lies below.
 */
export function contour(
  field: Float32Array,
  rows: number,
  columns: number,
  level: number,
  pixelWidth: number,
  pixelHeight: number,
): string {
  const at = (row: number, column: number) =>
    row < 0 || column < 0 || row >= rows || column >= columns ? 0 : field[row * columns + column]!;
  const out: string[] = [];
  for (let row = -1; row < rows; row++)
    for (let column = -1; column < columns; column++) {
      const corners = [at(row, column), at(row, column + 1), at(row + 1, column + 1), at(row + 1, column)] as const;
      let which = 0;
      for (let k = 0; k < 4; k++) if (corners[k]! > level) which |= 1 << k;
      const pieces = EDGES[which];
      if (!pieces) continue;
      const share = (a: number, b: number) => (level - corners[a]!) / (corners[b]! - corners[a]!);
      const crossing = (edge: number): string => {
        const [y, x] = [
          [0, share(0, 1)],
          [share(1, 2), 1],
          [1, share(3, 2)],
          [share(0, 3), 0],
        ][edge]!;
        return `${num((column + 0.5 + x!) * pixelWidth)} ${num((row + 0.5 + y!) * pixelHeight)}`;
      };
      for (const [from, to] of pieces) out.push(`M${crossing(from)}L${crossing(to)}`);
    }
  return out.join('');
}
