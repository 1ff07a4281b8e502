import { MOVIE_SIZE, type Storyboard } from '../../../core/movie/storyboard.ts';
import { Choice, Section } from '../../components/controls.tsx';
import { fixed } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { edit, fpsOf } from './boards.ts';
import { lengthOf } from './edit.ts';
import { Row, TextField } from './fields.tsx';
import { OverlayList } from './overlay_list.tsx';
import { SIZES, sizeName } from './sizes.ts';

type Change = Partial<Storyboard> | { [name in keyof Storyboard]?: undefined };

/** The movie as a whole. */
export function BoardFacts({ board }: { board: Storyboard }) {
  const set = (change: Change) =>
    edit((one) => {
      const next = { ...one, ...change } as Record<string, unknown>;
      return Object.fromEntries(
        Object.entries(next).filter(([, value]) => value !== undefined),
      ) as unknown as Storyboard;
    });
  const size = board.size ?? MOVIE_SIZE;
  const sizes = SIZES.some(([name]) => name === sizeName(size))
    ? SIZES
    : [...SIZES, [sizeName(size), sizeName(size)] as const];
  return (
    <>
      <Section title="Movie" aside={<span className="label">{fixed(lengthOf(board), 2)} s</span>}>
        <Row name="Title">
          <TextField
            label="Title of the movie"
            value={board.title ?? ''}
            placeholder="none"
            onCommit={(title) => set({ title: title || undefined } as Change)}
          />
        </Row>
        <Row name="Size">
          <Choice
            label="Size of the movie"
            value={sizeName(size)}
            options={sizes}
            onChange={(name) => set({ size: name.split(' × ').map(Number) as [number, number] })}
          />
        </Row>
        <Row name="Rate">
          <NumberField
            label="Frames a second"
            unit="frames/s"
            min={1}
            max={240}
            value={fpsOf(board)}
            onCommit={(fps) => fps !== null && set({ fps })}
          />
        </Row>
        <Row name="Background">
          <Choice
            label="Background of the movie"
            value={board.theme ?? 'dark'}
            options={[
              ['dark', 'dark'],
              ['light', 'light'],
            ]}
            onChange={(theme) => set({ theme })}
          />
        </Row>
        {board.shots.some(({ panels }) => panels.some(({ project }) => project)) && (
          <Row name="Two cells">
            <Choice
              label="How the second cell is put beside the first"
              value={board.align ?? 'time'}
              options={[
                ['time', 'at the same time'],
                ['charge', 'at the same charge'],
              ]}
              onChange={(align) => set({ align })}
            />
          </Row>
        )}
      </Section>
      <OverlayList board={board} shot={null} />
    </>
  );
}
