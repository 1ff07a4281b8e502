import type { Picture } from '../../media/png.ts';

/** A picture of three bytes a pixel, at most so wide: each pixel the mean of those it stands for. */
export function shrunk(pixels: Uint8Array, [width, height]: readonly [number, number], most: number): Picture {
  const edge = Math.max(1, Math.ceil(width / most));
  const [columns, rows] = [Math.floor(width / edge), Math.floor(height / edge)];
  const out = new Uint8Array(columns * rows * 3);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let y = row * edge; y < (row + 1) * edge; y++)
          for (let x = column * edge; x < (column + 1) * edge; x++) sum += pixels[(y * width + x) * 3 + channel]!;
        out[(row * columns + column) * 3 + channel] = Math.round(sum / (edge * edge));
      }
  return { width: columns, height: rows, channels: 3, pixels: out };
}
