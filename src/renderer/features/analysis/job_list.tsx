import {
  Ban,
  CircleAlert,
  CircleCheck,
  Clock,
  Download,
  FolderOpen,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  X,
} from 'lucide-react';
import type { Job } from '../../../contract/app.ts';
import { Button, IconButton, Progress, Section } from '../../components/controls.tsx';
import { duration } from '../../components/format.ts';
import { cancelJob, resumeJob } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { useSession } from '../../state/session.ts';
import './analysis.css';

const ICONS: Record<Job['state'], LucideIcon> = {
  waiting: Clock,
  running: LoaderCircle,
  done: CircleCheck,
  failed: CircleAlert,
  cancelled: Ban,
};

/** What runs, waits and ran: what is under way first, in its order, then what ended, the last one first. */
export function JobList({ jobs }: { jobs: readonly Job[] }) {
  const open = jobs.filter(isOpen);
  const ended = jobs.filter((job) => !isOpen(job)).reverse();
  return (
    <ul className="jobs">
      {[...open, ...ended].map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  );
}

/** Jobs of a kind that are made, wait or failed; nothing where there are none. */
export function InTheMaking({ kind }: { kind: Job['kind'] }) {
  const jobs = useSession((session) => session.jobs).filter((job) => job.kind === kind);
  const shown = jobs.filter((job) => isOpen(job) || job.state === 'failed');
  if (shown.length === 0) return null;
  return (
    <Section title="In the making">
      <JobList jobs={shown} />
    </Section>
  );
}

export function isOpen({ state }: Job): boolean {
  return state === 'running' || state === 'waiting';
}

function JobRow({ job }: { job: Job }) {
  const { state, title, message } = job;
  const Icon = ICONS[state];
  return (
    <li className={`job ${state}`}>
      <Icon size={14} strokeWidth={1.75} aria-label={state} />
      <span className="ellipsis" title={job.file ?? undefined}>
        {title}
      </span>
      <span className="label">{state === 'running' ? duration(job.secondsLeft) : state}</span>
      {isOpen(job) ? (
        <IconButton label={`Cancel ${title}`} icon={X} size={14} onClick={() => void cancelJob(job.id)} />
      ) : (
        <Written job={job} />
      )}
      {state === 'running' && (
        <div className="job-more">
          <Progress fraction={job.fraction} label={title} />
          <span className="label ellipsis">{job.step}</span>
          {job.preview !== null && (
            <img
              className="job-preview"
              src={`/api/jobs/${job.id}/preview?n=${job.preview}`}
              alt={`${title}, so far`}
            />
          )}
        </div>
      )}
      {state === 'failed' && message && <p className="job-more selectable">{message}</p>}
      {job.resumable && (
        <div className="job-more">
          <Button icon={RotateCw} onClick={() => void resumeJob(job.id)}>
            Go on
          </Button>
        </div>
      )}
    </li>
  );
}

/** The way to what was written: its folder in the desktop, the file itself in a browser. */
function Written({ job: { state, file } }: { job: Job }) {
  if (state !== 'done' || !file) return <span />;
  const desktop = bridge();
  const name = file.split(/[/\\]/).at(-1)!;
  if (desktop)
    return <IconButton label={`Show ${name}`} icon={FolderOpen} size={14} onClick={() => desktop.reveal(file)} />;
  return <IconButton label={`Download ${name}`} icon={Download} size={14} onClick={() => download(name)} />;
}

/** Keeps a file of the project's exports where the browser keeps downloads. */
export function download(name: string): void {
  const link = document.createElement('a');
  link.href = `/api/exports/${encodeURIComponent(name)}`;
  link.download = name;
  link.click();
}
