import { DockviewReact, type DockviewReadyEvent, type IDockviewPanelProps } from 'dockview-react';
import { type FunctionComponent, useEffect, useMemo, useState } from 'react';
import 'dockview-react/dist/styles/dockview.css';
import { Boundary } from '../../components/boundary.tsx';
import { Empty } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { pause } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { registeredPanels } from '../feature.ts';
import { useFigures } from '../figures/layouts.ts';
import { useMovies } from '../movies/boards.ts';
import { useExport } from '../movies/choice.ts';
import { useMeasurements } from '../regions/measurements.ts';
import { Condition } from './condition.tsx';
import { restoreLayout, takeDock, unfill } from './dock.ts';
import { keepNow, keepWindow, restoreWindow } from './keep.ts';
import { PanelTab } from './panel_tab.tsx';
import { Rail } from './rail.tsx';
import { StatusBar } from './status_bar.tsx';
import { TopBar } from './top_bar.tsx';
import './workspace.css';

const THEME = { name: 'tomolapse', className: 'dock-theme' };

/** The open project: bars around panels that move and come back as left. */
export function Workspace() {
  const path = useSession((session) => session.project?.path ?? null);
  return (
    <div className="workspace">
      <TopBar />
      <Condition />
      <Rail />
      <Dock key={path} />
      <StatusBar />
    </div>
  );
}

function Dock() {
  const [layout, setLayout] = useState<{ kept: unknown } | null>(null);
  const components = useMemo(
    () =>
      Object.fromEntries(
        registeredPanels().map(({ id, component: Component, title }) => [
          id,
          (() => (
            <div className="panel">
              <Boundary what={title}>
                <Component />
              </Boundary>
            </div>
          )) as FunctionComponent<IDockviewPanelProps>,
        ]),
      ),
    [],
  );

  useEffect(() => {
    let gone = false;
    restoreWindow()
      .catch(() => null)
      .then((kept) => !gone && setLayout({ kept }));
    const stop = useView.subscribe((now, before) => {
      if (now.playing !== before.playing || !now.playing) keepWindow();
    });
    const stopMeasured = useMeasurements.subscribe((now, before) => {
      if (now.rows !== before.rows) keepWindow();
    });
    const stopMovies = useMovies.subscribe((now, before) => now.open !== before.open && keepWindow());
    const stopChoice = useExport.subscribe(
      (now, before) => (now.other !== before.other || now.logos !== before.logos) && keepWindow(),
    );
    const stopFigures = useFigures.subscribe((now, before) => now.open !== before.open && keepWindow());
    // What changed while the host was away is kept once it is back.
    const stopLive = useSession.subscribe((now, before) => {
      if (now.live && !before.live) keepWindow();
    });
    const onLeave = () => void keepNow();
    window.addEventListener('pagehide', onLeave);
    return () => {
      gone = true;
      stop();
      stopMeasured();
      stopMovies();
      stopChoice();
      stopFigures();
      stopLive();
      pause();
      void keepNow();
      window.removeEventListener('pagehide', onLeave);
      takeDock(null);
    };
  }, []);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('[role="dialog"]')) unfill();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);

  if (!layout) return <div className="dock" aria-busy="true" />;
  const onReady = ({ api }: DockviewReadyEvent) => {
    takeDock(api);
    restoreLayout(api, layout.kept);
    api.onDidLayoutChange(keepWindow);
  };
  return (
    <div className="dock">
      <DockviewReact
        components={components}
        defaultTabComponent={PanelTab}
        onReady={onReady}
        theme={THEME}
        watermarkComponent={Watermark}
        disableFloatingGroups={false}
      />
    </div>
  );
}

function Watermark() {
  return <Empty title="All panels are closed">View ▸ Arrange the panels as at first brings them back.</Empty>;
}
