import { Copy, Play, SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import type { Recipe } from '../../../core/recipe.ts';
import { recipeText, withoutDefaults } from '../../../core/recipe_text.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Choice, IconButton, Keys, Section } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { noteText } from '../../words/notes.ts';
import { isOpen, JobList } from './job_list.tsx';
import './analysis.css';

/** What runs and ran, and the recipe of the results. */
export function AnalysisPanel() {
  const { jobs, results } = useSession();
  const readOnly = useSession(({ project }) => project?.readOnly ?? false);
  const busy = jobs.some((job) => job.kind !== 'movie' && job.kind !== 'figures' && isOpen(job));
  return (
    <>
      <Section
        title="Analysis"
        aside={
          <Button variant="primary" icon={Play} disabled={busy || readOnly} onClick={() => runCommand('analysis.run')}>
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
          <JobList jobs={jobs} />
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
