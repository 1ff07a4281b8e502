import { ChevronDown, Search } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { COMMANDS, MENUS } from '../../../core/commands.ts';
import { isEnabled, keysOf, runCommand } from '../../commands/registry.ts';
import { Keys, Progress } from '../../components/controls.tsx';
import { digits, duration, fixed } from '../../components/format.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { showPanel } from './dock.ts';

export function TopBar() {
  return (
    <header className="top-bar">
      <Menus />
      <Place />
      <button type="button" className="search" onClick={() => runCommand('app.palette')}>
        <Search size={13} strokeWidth={1.75} aria-hidden />
        <span>Search commands</span>
        <Keys keys={keysOf('app.palette')!} />
      </button>
      <Work />
    </header>
  );
}

/** Every command, by menu; the desktop shows the same list in its own menus. */
function Menus() {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="menu-button" aria-label="Menu">
        <img src="/icon.svg" width="16" height="16" alt="" />
        <ChevronDown size={12} strokeWidth={2} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          {MENUS.map((menu) => (
            <DropdownMenu.Sub key={menu}>
              <DropdownMenu.SubTrigger className="menu-row">
                {menu}
                <ChevronDown size={12} className="menu-arrow" aria-hidden />
              </DropdownMenu.SubTrigger>
              <DropdownMenu.Portal>
                <DropdownMenu.SubContent className="menu" sideOffset={4} collisionPadding={8}>
                  {COMMANDS.filter((command) => command.menu === menu).map(({ id, title, keys, separated }) => (
                    <div key={id}>
                      {separated && <DropdownMenu.Separator className="menu-line" />}
                      <DropdownMenu.Item className="menu-row" disabled={!isEnabled(id)} onSelect={() => runCommand(id)}>
                        {title}
                        {keys?.[0] && <Keys keys={keys[0]} />}
                      </DropdownMenu.Item>
                    </div>
                  ))}
                </DropdownMenu.SubContent>
              </DropdownMenu.Portal>
            </DropdownMenu.Sub>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Where and when: project, scan, hours, charge. */
function Place() {
  const project = useSession((session) => session.project);
  const results = useSession((session) => session.results);
  const scan = useView((view) => view.scan);
  const shown = project?.scans[scan];
  const charge = results?.scans[scan]?.chargeMahCm2 ?? null;
  return (
    <h1 className="place">
      <span className="ellipsis" title={project?.path}>
        {project?.name}
      </span>
      {shown && (
        <>
          <span className="place-step" aria-hidden>
            ▸
          </span>
          <span className="place-scan">
            scan {scan + 1} of {project!.scans.length}
          </span>
          {shown.timeH !== null && <span className="muted">{fixed(shown.timeH, 2)} h</span>}
          {charge !== null && <span className="muted">{digits(charge)} mAh cm⁻²</span>}
        </>
      )}
    </h1>
  );
}

function Work() {
  const jobs = useSession((session) => session.jobs);
  const live = useSession((session) => session.live);
  const [job, ...others] = runningJobs(jobs);
  return (
    <div className="work" role="status">
      {!live && <span className="tag error">No answer from the host</span>}
      {job && (
        <button type="button" className="work-job" onClick={() => showPanel('analysis')} title={job.step}>
          <span className="ellipsis">{job.title}</span>
          <Progress fraction={job.fraction} label={job.title} />
          <span className="label">{duration(job.secondsLeft)}</span>
          {others.length > 0 && <span className="tag">+{others.length}</span>}
        </button>
      )}
    </div>
  );
}
