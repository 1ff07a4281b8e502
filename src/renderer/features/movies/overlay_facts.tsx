import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { CellPlace, Overlay, Storyboard } from '../../../core/movie/storyboard.ts';
import { Button, Choice, Section } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { PathDialog } from '../new_project/path_dialog.tsx';
import { deleteSelected } from './act.ts';
import { edit } from './boards.ts';
import { useExport } from './choice.ts';
import { changedOverlay, overlaysOf } from './edit.ts';
import { CrackChoice, Numbers, Row, TextField } from './fields.tsx';
import { needsPanel, panelsFor } from './new_overlay.ts';
import { CORNER_WORDS, OVERLAY_WORDS } from './words.ts';

/** Something written over the picture: where, when, what. */
export function OverlayFacts({ board, shot, index }: { board: Storyboard; shot: number | null; index: number }) {
  const overlay = overlaysOf(board, shot)[index]!;
  const set = (change: object) => edit((one) => changedOverlay(one, shot, index, change as Partial<Overlay>));
  const panels = panelsFor(overlay.kind, board, shot);
  const options: (readonly [string, string])[] = [
    ...(needsPanel(overlay.kind) ? [] : [['', 'the whole picture'] as const]),
    ...panels.map((id) => [id, id] as const),
  ];
  const pinned = overlay.kind === 'arrow' || overlay.kind === 'oval';
  const length = shot === null ? undefined : board.shots[shot]!.seconds;
  return (
    <Section
      title={OVERLAY_WORDS[overlay.kind]}
      aside={
        <Button variant="quiet" icon={Trash2} onClick={deleteSelected}>
          Delete
        </Button>
      }
    >
      {'text' in overlay || overlay.kind === 'arrow' ? (
        <Row name="Text">
          <TextField
            label="Text"
            value={overlay.text ?? ''}
            placeholder={overlay.kind === 'arrow' ? 'none' : ''}
            onCommit={(text) => set({ text: overlay.kind === 'arrow' ? text || undefined : text })}
          />
        </Row>
      ) : null}
      {overlay.kind === 'arrow' && <PlaceField name="Points to" value={overlay.at} onCommit={(at) => set({ at })} />}
      {overlay.kind === 'oval' && (
        <>
          <PlaceField name="Around" value={overlay.around} onCommit={(around) => set({ around })} />
          <Row name="Radius">
            <NumberField
              label="Radius of the oval"
              unit="µm"
              min={0.1}
              value={overlay.radiusUm}
              onCommit={(radiusUm) => radiusUm !== null && set({ radiusUm })}
            />
          </Row>
        </>
      )}
      {overlay.kind === 'logo' && <LogoRows overlay={overlay} set={set} />}
      <Row name="Over">
        <Choice
          label="Over which panel"
          value={overlay.panel ?? ''}
          options={options}
          onChange={(panel) => set({ panel: panel || undefined })}
        />
      </Row>
      {!pinned && (
        <Row name="Place">
          <Choice
            label="Place"
            value={overlay.place ?? 'top-left'}
            options={CORNER_WORDS}
            onChange={(place) => set({ place })}
          />
        </Row>
      )}
      <Row name="Letters">
        <NumberField
          label="Height of its letters"
          unit="% of the height"
          step={0.2}
          min={0.5}
          max={50}
          optional
          placeholder="2.6"
          value={overlay.size === undefined ? null : Number((overlay.size * 100).toFixed(2))}
          onCommit={(size) => set({ size: size === null ? undefined : size / 100 })}
        />
      </Row>
      <Row name="Seen from">
        <NumberField
          label="Seen from"
          unit="s"
          step={0.1}
          min={0}
          optional
          placeholder="start"
          value={overlay.from ?? null}
          onCommit={(from) => set({ from: from ?? undefined })}
        />
        <NumberField
          label="Seen until"
          unit="s"
          step={0.1}
          min={0}
          {...(length === undefined ? {} : { max: length })}
          optional
          placeholder="end"
          value={overlay.to ?? null}
          onCommit={(to) => set({ to: to ?? undefined })}
        />
      </Row>
    </Section>
  );
}

/** The picture, chosen where it lies, and its height. */
function LogoRows({ overlay, set }: { overlay: Overlay & { kind: 'logo' }; set: (change: object) => void }) {
  const [choosing, setChoosing] = useState(false);
  const take = (path: string) => {
    const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
    useExport.setState({ logos: path.slice(0, cut) });
    set({ file: path.slice(cut + 1) });
  };
  return (
    <>
      <Row name="Picture">
        <span className="ellipsis movie-file" title={overlay.file}>
          {overlay.file}
        </span>
        <Button onClick={() => setChoosing(true)}>Choose…</Button>
      </Row>
      <p className="muted">PNG, JPEG or SVG; all logos of a movie lie in one folder.</p>
      <Row name="Height">
        <NumberField
          label="Height of the logo"
          unit="% of the height"
          min={1}
          max={100}
          value={Number((overlay.height * 100).toFixed(2))}
          onCommit={(height) => height !== null && set({ height: height / 100 })}
        />
      </Row>
      <PathDialog
        open={choosing}
        title="A logo"
        purpose="logo"
        kinds={['other']}
        onChoose={([path]) => path && take(path)}
        onClose={() => setChoosing(false)}
      />
    </>
  );
}

/** A place of the cell: a crack, or a voxel. */
function PlaceField({
  name,
  value,
  onCommit,
}: {
  name: string;
  value: CellPlace;
  onCommit: (place: CellPlace) => void;
}) {
  if ('crack' in value)
    return (
      <Row name={name}>
        <CrackChoice label={name} value={value.crack} onCommit={(crack) => onCommit({ crack })} />
      </Row>
    );
  const [z, y, x] = value.voxel;
  return (
    <Row name={name}>
      <Numbers
        label={name}
        names={['x', 'y', 'z']}
        values={[x, y, z]}
        onCommit={([nx, ny, nz]) => onCommit({ voxel: [nz!, ny!, nx!] })}
      />
    </Row>
  );
}
