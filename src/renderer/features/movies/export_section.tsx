import { Clapperboard } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Output } from '../../../contract/app.ts';
import { frameCount } from '../../../core/movie/frames.ts';
import { MOVIE_SIZE, type Storyboard } from '../../../core/movie/storyboard.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Choice, Keys, Section } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { call } from '../../host/call.ts';
import { attempt } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { PathDialog } from '../new_project/path_dialog.tsx';
import { fpsOf } from './boards.ts';
import { isOfTwo } from './cells.ts';
import { type Codec, useExport } from './choice.ts';
import { endingOf, fileOf } from './export.ts';
import { Row, TextField } from './fields.tsx';
import { SIZES, sizeName } from './sizes.ts';

type Form = Output<'movieForms'>['forms'][number];

const SAMPLES = [
  ['auto', 'as many as are seen'],
  ['1', 'draft, 1'],
  ['4', '4'],
  ['16', '16'],
  ['64', '64'],
] as const;

/** How the open storyboard becomes a file. */
export function ExportSection({ name, board }: { name: string; board: Storyboard }) {
  const asked = useExport();
  const forms = useForms();
  const recent = useSession((session) => session.recent);
  const project = useSession((session) => session.project);
  const form = forms?.find((one) => one.name === asked.codec);
  const size = board.size ?? MOVIE_SIZE;
  const own = [['', `its own, ${sizeName(size)}`] as const, ...SIZES];
  const fps = asked.fps ?? fpsOf(board);
  const two = isOfTwo(board);
  const [choosing, setChoosing] = useState(false);
  const [placing, setPlacing] = useState(false);
  const others = recent.filter(({ path, exists }) => exists && path !== project?.path);
  const known = others.map(({ path, name: title }) => [path, title] as const);
  const chosen = asked.other;
  const cells =
    chosen === '' || known.some(([path]) => path === chosen) ? known : [...known, [chosen, plainName(chosen)] as const];
  return (
    <Section title="Make the movie">
      <Row name="Form">
        <Choice
          label="Form of the file"
          value={asked.codec}
          options={(forms ?? []).map((one) => [one.name as Codec, formWords(one)] as const)}
          onChange={(codec) => useExport.setState({ codec })}
        />
      </Row>
      {form?.problem && <p className="movies-problem">{form.problem}</p>}
      <Row name="Size">
        <Choice
          label="Size of the file"
          value={asked.size}
          options={own}
          onChange={(next) => useExport.setState({ size: next })}
        />
      </Row>
      <Row name="Rate">
        <NumberField
          label="Frames a second of the file"
          unit="frames/s"
          min={1}
          max={120}
          optional
          placeholder={String(fpsOf(board))}
          value={asked.fps}
          onCommit={(next) => useExport.setState({ fps: next })}
        />
      </Row>
      <Row name="Samples">
        <Choice
          label="Pictures averaged a frame"
          value={asked.samples}
          options={SAMPLES}
          onChange={(samples) => useExport.setState({ samples })}
        />
      </Row>
      {two && (
        <Row name="Second cell">
          <Choice
            label="The second cell"
            value={asked.other}
            options={[['', 'choose a project'], ...cells]}
            onChange={(other) => useExport.setState({ other })}
          />
          <Button onClick={() => setChoosing(true)}>Other…</Button>
          <PathDialog
            open={choosing}
            title="The second cell"
            purpose="second cell"
            kinds={['project']}
            onChoose={([other]) => other && useExport.setState({ other })}
            onClose={() => setChoosing(false)}
          />
        </Row>
      )}
      <Row name="File">
        <TextField
          label="Name of the file"
          value={fileOf(name, asked)}
          onCommit={(file) => useExport.setState({ file: file.replace(endingOf(asked.codec), '') })}
        />
      </Row>
      <Row name="Folder">
        <span className="ellipsis movie-file" title={asked.folder ?? undefined}>
          {asked.folder ?? 'the project’s exports'}
        </span>
        {asked.folder !== null && (
          <Button variant="quiet" onClick={() => useExport.setState({ folder: null })}>
            Back
          </Button>
        )}
        <Button onClick={() => setPlacing(true)}>Choose…</Button>
        <PathDialog
          open={placing}
          title="Folder of the movie"
          purpose="movie"
          kinds={['folder']}
          onChoose={([folder]) => folder && useExport.setState({ folder })}
          onClose={() => setPlacing(false)}
        />
      </Row>
      <div className="movies-make">
        <span className="label">{frameCount(board, fps)} frames</span>
        <Button
          variant="primary"
          icon={Clapperboard}
          disabled={(form?.problem ?? null) !== null || (two && asked.other === '')}
          onClick={() => runCommand('movie.export')}
        >
          Make <Keys keys={keysOf('movie.export')!} />
        </Button>
      </div>
    </Section>
  );
}

/** A project's name from its path. */
function plainName(path: string): string {
  return path
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.tomolapse$/i, '');
}

function formWords({ title, ending, problem }: Form): string {
  const file = ending === '' ? 'a folder of pictures' : ending;
  return `${title}, ${file}${problem ? ' (not here)' : ''}`;
}

/** Asked once: what this machine can encode does not change while it runs. */
let asking: Promise<Output<'movieForms'> | null> | null = null;

function useForms(): readonly Form[] | null {
  const [forms, setForms] = useState<readonly Form[] | null>(null);
  useEffect(() => {
    let gone = false;
    asking ??= attempt(() => call('movieForms', {}));
    void asking.then((found) => {
      if (found === null) asking = null;
      if (!gone && found) setForms(found.forms);
    });
    return () => {
      gone = true;
    };
  }, []);
  return forms;
}
