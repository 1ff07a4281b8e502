import { Sigma } from 'lucide-react';
import type { Recipe } from '../../../core/recipe.ts';
import { recipeText, withoutDefaults } from '../../../core/recipe_text.ts';
import { call } from '../../host/call.ts';
import { attempt, cancelJob, runAnalysis } from '../../state/actions.ts';
import { tell, tellError } from '../../state/notices.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { register } from '../feature.ts';
import { cancelMeasuring, useMeasurements } from '../regions/measurements.ts';
import { showPanel } from '../workspace/dock.ts';
import { AnalysisPanel } from './analysis_panel.tsx';
import { isOpen } from './job_list.tsx';

const running = () => runningJobs(useSession.getState().jobs);
/** An analysis is asked for once; exports let it wait for its turn. */
const analysing = () =>
  useSession.getState().jobs.some((job) => (job.kind === 'analysis' || job.kind === 'demo') && isOpen(job));
const open = () => useSession.getState().project !== null;
const writable = () => useSession.getState().project?.readOnly === false;

function toClipboard(text: string, what: string): void {
  navigator.clipboard.writeText(text).then(() => tell('done', `${what} is on the clipboard`), tellError);
}

/** What was told, without what stands anyway. */
function copyRecipe(): void {
  const recipe = useSession.getState().project?.recipe ?? {};
  toClipboard(recipeText(withoutDefaults(recipe as Recipe)), 'The recipe');
}

function copyResolved(): void {
  const { results } = useSession.getState();
  if (results) toClipboard(recipeText(results.recipe), 'The recipe as resolved');
}

async function copyScript(): Promise<void> {
  const script = await attempt(() => call('script', {}));
  if (script) toClipboard(script.text, 'The script that makes this project again');
}

register({
  panels: [
    {
      id: 'analysis',
      title: 'Analysis',
      place: 'rail',
      icon: Sigma,
      command: 'panel.analysis',
      component: AnalysisPanel,
    },
  ],
  commands: {
    'analysis.run': {
      run: () => {
        showPanel('analysis');
        void runAnalysis();
      },
      enabled: () => writable() && !analysing(),
    },
    'analysis.cancel': {
      run: () => {
        for (const { id } of running()) void cancelJob(id);
        cancelMeasuring();
      },
      enabled: () => running().length > 0 || useMeasurements.getState().running !== null,
    },
    'analysis.copyRecipe': { run: copyRecipe, enabled: open },
    'analysis.copyResolved': { run: copyResolved, enabled: () => useSession.getState().results !== null },
    'project.copyScript': { run: () => void copyScript(), enabled: open },
  },
});
