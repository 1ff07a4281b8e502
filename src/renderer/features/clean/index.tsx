import { Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Output } from '../../../contract/app.ts';
import { shownBytes } from '../../../core/units.ts';
import { Button } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { call } from '../../host/call.ts';
import { attempt, takeJob } from '../../state/actions.ts';
import { showDialog, usePages } from '../../state/pages.ts';
import { useSession } from '../../state/session.ts';
import { register } from '../feature.ts';

type Amount = Output<'unused'>['kept'];

/** Says what would be removed before anything is. */
function CleanDialog() {
  const shown = usePages((pages) => pages.dialog === 'clean');
  const [usage, setUsage] = useState<Output<'unused'> | null>(null);
  useEffect(() => {
    if (!shown) return;
    const asking = new AbortController();
    setUsage(null);
    void attempt(() => call('unused', {}, asking.signal)).then((answer) => !asking.signal.aborted && setUsage(answer));
    return () => asking.abort();
  }, [shown]);
  const none = usage?.unused.results === 0;
  const remove = () => {
    showDialog(null);
    void attempt(() => call('clean', {})).then((job) => job && takeJob(job));
  };
  return (
    <Dialog
      open={shown}
      onClose={() => showDialog(null)}
      title="Remove unused results"
      description="Results that neither the last run, nor undo and redo, nor exported files refer to: of recipes that were given up, and of other versions of this program."
      width={520}
      footer={
        usage && (
          <>
            <Button onClick={() => showDialog(null)}>{none ? 'Close' : 'Keep them'}</Button>
            {!none && (
              <Button variant="primary" icon={Trash2} onClick={remove}>
                {`Remove ${amount(usage.unused)}`}
              </Button>
            )}
          </>
        )
      }
    >
      <p role="status">{usage ? words(usage) : 'Looking…'}</p>
    </Dialog>
  );
}

function words({ unused, kept }: Output<'unused'>): string {
  if (unused.results === 0) return `Nothing to remove: all ${amount(kept)} are referred to.`;
  return `${amount(unused)} can go; ${amount(kept)} stay. It cannot be undone, but what is needed again is computed again.`;
}

function amount({ results, bytes }: Amount): string {
  return `${results} ${results === 1 ? 'result' : 'results'} (${shownBytes(bytes)})`;
}

register({
  overlays: [CleanDialog],
  commands: {
    'project.clean': {
      run: () => showDialog('clean'),
      enabled: () => useSession.getState().project?.readOnly === false,
    },
  },
});
