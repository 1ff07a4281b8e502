import { Lock, type LucideIcon, RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { runCommand } from '../../commands/registry.ts';
import { Button } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { isOpen } from '../analysis/job_list.tsx';

/** What of the open project is not as usual: it can only be read, or stored results of it are damaged. */
export function Condition() {
  const project = useSession((session) => session.project);
  const running = useSession((session) => session.jobs.some((job) => job.kind === 'analysis' && isOpen(job)));
  if (!project) return null;
  const damaged = project.scans.filter((scan) => scan.damaged);
  const { readOnly } = project;
  if (!readOnly && (damaged.length === 0 || running)) return null;
  return (
    <div className="condition">
      {readOnly && (
        <Line icon={Lock}>
          <strong>This project can only be read.</strong> Its folder cannot be written: results can be looked at and
          exported to another folder, and nothing is changed. Copy it to where it can be written to go on with it.
        </Line>
      )}
      {damaged.length > 0 && (
        <Line
          icon={TriangleAlert}
          action={
            !readOnly && (
              <Button icon={RotateCw} onClick={() => runCommand('analysis.run')}>
                Compute them again
              </Button>
            )
          }
        >
          <strong>Stored results are damaged:</strong> those of {namesOf(damaged)}. What is whole is shown
          {readOnly ? '.' : '; the next run computes the rest again.'}
        </Line>
      )}
    </div>
  );
}

function Line({ icon: Icon, action, children }: { icon: LucideIcon; action?: ReactNode; children: ReactNode }) {
  return (
    <p role="status">
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      <span>{children}</span>
      {action}
    </p>
  );
}

function namesOf(scans: readonly { name: string }[]): string {
  const [first, second, third, ...more] = scans.map(({ name }) => name);
  const named = [first, second, third].filter((name) => name !== undefined).join(', ');
  return more.length > 0 ? `${named} and ${more.length} more` : named;
}
