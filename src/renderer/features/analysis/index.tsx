import { Sigma } from 'lucide-react';
import { cancelJob, runAnalysis } from '../../state/actions.ts';
import { tell, tellError } from '../../state/notices.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { register } from '../feature.ts';
import { cancelMeasuring, useMeasurements } from '../regions/measurements.ts';
import { showPanel } from '../workspace/dock.ts';
import { AnalysisPanel } from './analysis_panel.tsx';

const running = () => runningJobs(useSession.getState().jobs);
const open = () => useSession.getState().project !== null;

function copyRecipe(): void {
  const { project, results } = useSession.getState();
  const recipe = JSON.stringify(results?.recipe ?? project?.recipe ?? {}, null, 2);
  navigator.clipboard.writeText(recipe).then(() => tell('done', 'The recipe is on the clipboard'), tellError);
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
      enabled: () => open() && running().length === 0,
    },
    'analysis.cancel': {
      run: () => {
        for (const { id } of running()) void cancelJob(id);
        cancelMeasuring();
      },
      enabled: () => running().length > 0 || useMeasurements.getState().running !== null,
    },
    'analysis.copyRecipe': { run: copyRecipe, enabled: open },
  },
});
