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
  /** Of the pictures of a cell. */
  heightOf(group: number): number;
  /** Upper left corner of a picture of a cell, from the grid's own. */
  place(group: number, index: number): [x: number, y: number];
}

export interface GridAsk {
  /** Pictures of each cell. */
  counts: readonly number[];
  /** The names of several cells, else empty. */
  names: readonly string[];
  /** Of the tallest cell's picture, over its height. */
  aspect: number;
  /** Heights of the cells' pictures as parts of the tallest; all 1 unless told. */
  rises?: readonly number[];
  columns: number;
  /** Columns come in so many: pictures that belong together stay in a row. */
  together?: number;
  /** A picture is no narrower than that, so that the words below it have room, unless the page would be too tall. */
  least: number;
  caption: number;
  left: number;
  right: number;
}

const GAP = 8;
/** Pictures are not made smaller than this part of their room. */
const SMALLEST = 0.1;
const NAME = SIZE + 6;

/** The grid within a width, with more columns than asked for, or smaller pictures, where it would be taller than `most`. */
export function pictureGrid(ask: GridAsk, width: number, most: number): PictureGrid {
  const { counts, names, aspect, caption, left, right, together = 1, least, rises } = ask;
  const largest = Math.max(1, ...counts);
  const room = Math.max(1, Math.floor((width - left - right + GAP) / (least + GAP)));
  const name = names.length > 0 ? NAME : 0;
  const gridOf = (columns: number, smaller = 1): PictureGrid => {
    const wide = (smaller * (width - left - right - GAP * (columns - 1))) / columns;
    const tall = wide / aspect;
    const rowsOf = (count: number) => Math.max(1, Math.ceil(count / columns));
    const heightOf = (group: number) => tall * (rises?.[group] ?? 1);
    const groups = counts.map((count, k) => name + rowsOf(count) * (heightOf(k) + caption) + (rowsOf(count) - 1) * GAP);
    const tops = groups.map((_, k) => groups.slice(0, k).reduce((sum, height) => sum + height + GAP, 0));
    return {
      columns,
      width: wide,
      height: tall,
      heightOf,
      total: groups.reduce((sum, height) => sum + height + GAP, -GAP),
      place: (group, index) => [
        left + (index % columns) * (wide + GAP),
        tops[group]! + name + Math.floor(index / columns) * (heightOf(group) + caption + GAP),
      ],
    };
  };
  const even = (columns: number) => Math.max(together, Math.floor(columns / together) * together);
  let columns = even(Math.min(largest, Math.max(1, ask.columns), room));
  let grid = gridOf(columns);
  while (grid.total > most && columns < largest) grid = gridOf((columns += together));
  if (grid.total <= most) return grid;
  // All are in one row: they do not fill the width then.
  const words = gridOf(columns, 0).total;
  return gridOf(columns, Math.max(SMALLEST, (most - words) / (grid.total - words)));
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
