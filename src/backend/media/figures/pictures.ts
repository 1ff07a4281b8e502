import type { Rect } from './drawing.ts';
import { SIZE } from './style.ts';
import { text } from './svg.ts';

/** Equal pictures in rows, each with words below; a group for each cell, under its name where there are several. */
export interface PictureGrid {
  columns: number;
  width: number;
  height: number;
  /** Of all, names of cells included. */
  total: number;
  /** Upper left corner of a picture of a cell, from the grid's own. */
  place(group: number, index: number): [x: number, y: number];
}

export interface GridAsk {
  /** Pictures of each cell. */
  counts: readonly number[];
  /** The names of several cells, else empty. */
  names: readonly string[];
  /** Of a picture over its height. */
  aspect: number;
  columns: number;
  caption: number;
  left: number;
  right: number;
}

const GAP = 8;
const NAME = SIZE + 6;

/** The grid within a width, with more columns than asked for where it would be taller than `most`. */
export function pictureGrid(ask: GridAsk, width: number, most: number): PictureGrid {
  const { counts, names, aspect, caption, left, right } = ask;
  const largest = Math.max(1, ...counts);
  const name = names.length > 0 ? NAME : 0;
  const gridOf = (columns: number): PictureGrid => {
    const wide = (width - left - right - GAP * (columns - 1)) / columns;
    const tall = wide / aspect;
    const rowsOf = (count: number) => Math.max(1, Math.ceil(count / columns));
    const groupHeight = (count: number) => name + rowsOf(count) * (tall + caption) + (rowsOf(count) - 1) * GAP;
    const tops = counts.map((_, k) => counts.slice(0, k).reduce((sum, count) => sum + groupHeight(count) + GAP, 0));
    return {
      columns,
      width: wide,
      height: tall,
      total: counts.reduce((sum, count) => sum + groupHeight(count) + GAP, -GAP),
      place: (group, index) => [
        left + (index % columns) * (wide + GAP),
        tops[group]! + name + Math.floor(index / columns) * (tall + caption + GAP),
      ],
    };
  };
  let columns = Math.min(largest, Math.max(1, ask.columns));
  let grid = gridOf(columns);
  while (grid.total > most && columns < largest) grid = gridOf(++columns);
  return grid;
}

/** The names of the cells above their pictures. */
export function groupNames(grid: PictureGrid, { names }: GridAsk, place: Rect): string {
  return names
    .map((name, group) => {
      const [x, y] = grid.place(group, 0);
      return text(place.left + x, place.top + y - 4, name, { weight: 700 });
    })
    .join('');
}

/** Columns for pictures that should be about so wide. */
export function columnsFor(width: number, wish: number): number {
  return Math.max(1, Math.round(width / wish));
}
