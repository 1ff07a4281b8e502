import {
  Ban,
  CircleAlert,
  CircleCheck,
  Copy,
  LoaderCircle,
  type LucideIcon,
  Play,
  SquareTerminal,
  X,
} from 'lucide-react';
import { useState } from 'react';
import type { Job } from '../../../contract/app.ts';
import type { Recipe } from '../../../core/recipe.ts';
import { recipeText, withoutDefaults } from '../../../core/recipe_text.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Choice, IconButton, Keys, Progress, Section } from '../../components/controls.tsx';
import { duration } from '../../components/format.ts';
import { cancelJob } from '../../state/actions.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { noteText } from '../../words/notes.ts';
import './analysis.css';

/** What runs and ran, and the recipe of the results. */
export function AnalysisPanel() {
  const { jobs, results } = useSession();
  const busy = runningJobs(jobs).length > 0;
  return (
    <>
      <Section
        title="Analysis"
        aside={
          <Button variant="primary" icon={Play} disabled={busy} onClick={() => runCommand('analysis.run')}>
            Run
          </Button>
        }
      >
        <p className="muted">
          Registers the scans, finds lithium, cracks and thickness, and marks what cannot be trusted. What is already
          computed is not computed again. <Keys keys={keysOf('analysis.run')!} />
        </p>
      </Section>
      <Section title="Jobs">
        {jobs.length === 0 ? (
          <p className="muted">Nothing ran since the start. Work shows its progress and time left here.</p>
        ) : (
          <ul className="jobs">
            {[...jobs].reverse().map((job) => (
              <JobRow key={job.id} job={job} />
            ))}
          </ul>
        )}
      </Section>
      {results && results.notes.length > 0 && (
        <Section title="Notes">
          <ul className="notes muted selectable">
            {results.notes.map((note) => (
              <li key={note}>{noteText(note)}</li>
            ))}
          </ul>
        </Section>
      )}
      <RecipeText />
    </>
  );
}

const FORMS = [
  ['told', 'as told'],
  ['resolved', 'as resolved'],
] as const;

/** What was asked for, without defaults, or everything that the last run took. */
function RecipeText() {
  const told = useSession(({ project }) => project?.recipe);
  const resolved = useSession(({ results }) => results?.recipe);
  const [form, setForm] = useState<'told' | 'resolved'>('told');
  const shown = form === 'resolved' && resolved ? resolved : withoutDefaults((told ?? {}) as Recipe);
  const empty = Object.keys(shown).length === 0;
  return (
    <Section
      title="Recipe"
      aside={
        <span className="recipe-tools">
          {resolved && <Choice label="Form of the recipe" value={form} options={FORMS} onChange={setForm} />}
          <IconButton
            label="Copy the recipe"
            icon={Copy}
            onClick={() => runCommand(form === 'told' ? 'analysis.copyRecipe' : 'analysis.copyResolved')}
          />
          <IconButton label="Copy as a script" icon={SquareTerminal} onClick={() => runCommand('project.copyScript')} />
        </span>
      }
    >
      {empty ? (
        <p className="muted">Nothing was told: the analysis finds what it needs, and its defaults stand.</p>
      ) : (
        <pre className="recipe mono selectable">{recipeText(shown)}</pre>
      )}
    </Section>
  );
}

const ICONS: Record<Job['state'], LucideIcon> = {
  running: LoaderCircle,
  done: CircleCheck,
  failed: CircleAlert,
  cancelled: Ban,
};

function JobRow({ job }: { job: Job }) {
  const Icon = ICONS[job.state];
  return (
    <li className={`job ${job.state}`}>
      <Icon size={14} strokeWidth={1.75} aria-label={job.state} />
      <span className="ellipsis">{job.title}</span>
      <span className="label">{job.state === 'running' ? duration(job.secondsLeft) : job.state}</span>
      {job.state === 'running' ? (
        <IconButton label={`Cancel ${job.title}`} icon={X} size={14} onClick={() => void cancelJob(job.id)} />
      ) : (
        <span />
      )}
      {job.state === 'running' && (
        <div className="job-more">
          <Progress fraction={job.fraction} label={job.title} />
          <span className="label ellipsis">{job.step}</span>
        </div>
      )}
      {job.state === 'failed' && job.message && <p className="job-more selectable">{job.message}</p>}
    </li>
  );
}
