import { FlaskConical, FolderOpen, type LucideIcon, Plus, X } from 'lucide-react';
import type { CommandId } from '../../../core/commands.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { IconButton, Keys, Progress } from '../../components/controls.tsx';
import { duration, whenText } from '../../components/format.ts';
import { cancelJob, openProject } from '../../state/actions.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import './start.css';

const DOORS: readonly { id: CommandId; icon: LucideIcon; title: string; words: string }[] = [
  {
    id: 'project.new',
    icon: Plus,
    title: 'New project',
    words: 'From a folder of tomograms and, where there is one, a cycling log',
  },
  { id: 'project.open', icon: FolderOpen, title: 'Open project', words: 'A folder NAME.tomolapse' },
  {
    id: 'project.demo',
    icon: FlaskConical,
    title: 'Demo project',
    words: 'A cell that plates, cracks and fails; made on this machine in a minute or two',
  },
];

export function StartPage() {
  const { version, recent, jobs } = useSession();
  const busy = runningJobs(jobs).length > 0;
  return (
    <main className="start">
      <div className="start-column">
        <header>
          <img src="/icon.svg" width="40" height="40" alt="" />
          <div>
            <h1>Tomolapse</h1>
            <p className="label">Operando tomography of solid-state batteries{version && ` · ${version}`}</p>
          </div>
        </header>
        <div className="start-grid">
          <section aria-label="Begin">
            <h2>Begin</h2>
            {DOORS.map(({ id, icon: Icon, title, words }) => {
              const keys = keysOf(id);
              return (
                <button
                  key={id}
                  type="button"
                  className="door"
                  disabled={id === 'project.demo' && busy}
                  onClick={() => runCommand(id)}
                >
                  <Icon size={18} strokeWidth={1.5} aria-hidden />
                  <span>
                    <strong>{title}</strong>
                    <span className="muted">{words}</span>
                  </span>
                  {keys && <Keys keys={keys} />}
                </button>
              );
            })}
            {runningJobs(jobs).map((job) => (
              <div key={job.id} className="start-job" role="status">
                <span>
                  {job.title}
                  <span className="muted"> · {job.step}</span>
                </span>
                <span className="label">{duration(job.secondsLeft)}</span>
                <IconButton label={`Cancel ${job.title}`} icon={X} size={14} onClick={() => void cancelJob(job.id)} />
                <Progress fraction={job.fraction} label={job.title} />
              </div>
            ))}
          </section>
          <section aria-label="Recent projects">
            <h2>Recent</h2>
            {recent.length === 0 ? (
              <div className="recent-none">
                <strong>No projects yet</strong>
                <p className="muted">Projects that you open are listed here, the last one first.</p>
              </div>
            ) : (
              <ul className="recent">
                {recent.map(({ path, name, opened, exists }) => (
                  <li key={path}>
                    <button type="button" disabled={!exists} title={path} onClick={() => void openProject(path)}>
                      <strong className="ellipsis">{name}</strong>
                      <span className="label">{exists ? whenText(opened) : 'not found'}</span>
                      <span className="mono muted ellipsis">{path}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </section>
        </div>
        <footer className="label">
          Drop a folder of scans anywhere to begin. <Keys keys={keysOf('app.palette')!} /> finds every command,{' '}
          <Keys keys="?" /> shows all shortcuts.
        </footer>
      </div>
    </main>
  );
}
