import { Tooltip } from 'radix-ui';
import { useEffect, useLayoutEffect } from 'react';
import { listenToKeys } from './commands/shortcuts.ts';
import { Boundary } from './components/boundary.tsx';
import { Empty } from './components/controls.tsx';
import { Notices } from './components/notices.tsx';
import { registeredOverlays } from './features/feature.ts';
import { DropTarget } from './features/new_project/drop_target.tsx';
import { NewProjectPage } from './features/new_project/new_project.tsx';
import { StartPage } from './features/start/index.tsx';
import { Workspace } from './features/workspace/workspace.tsx';
import { hearFaults } from './host/faults.ts';
import { connect, tellFault } from './state/actions.ts';
import { usePages } from './state/pages.ts';
import { useSession } from './state/session.ts';
import { applyTheme, useTheme } from './style/theme.ts';

export function App() {
  const theme = useTheme();
  const ready = useSession((session) => session.ready);
  useEffect(connect, []);
  useEffect(() => hearFaults(tellFault), []);
  useEffect(listenToKeys, []);
  // Before anything that reads the colours is drawn.
  useLayoutEffect(() => {
    if (ready) applyTheme(theme);
  }, [ready, theme]);
  return (
    <Tooltip.Provider delayDuration={500} skipDelayDuration={200}>
      <Boundary what="the window">
        <Page />
      </Boundary>
      {registeredOverlays().map((Overlay) => (
        <Overlay key={Overlay.name} />
      ))}
      <DropTarget />
      <Notices />
    </Tooltip.Provider>
  );
}

function Page() {
  const ready = useSession((session) => session.ready);
  const live = useSession((session) => session.live);
  const name = useSession((session) => session.project?.name ?? null);
  const page = usePages((pages) => pages.page);
  useEffect(() => {
    document.title = name ? `${name} – Tomolapse` : 'Tomolapse';
  }, [name]);
  if (!ready)
    return live ? (
      <div className="start" aria-busy="true">
        <p className="waking muted">Opening…</p>
      </div>
    ) : (
      <div className="start">
        <Empty title="The host does not answer">
          This window connects by itself as soon as it does. Start Tomolapse again if it stays so.
        </Empty>
      </div>
    );
  if (name !== null) return <Workspace />;
  return page === 'new' ? <NewProjectPage /> : <StartPage />;
}
