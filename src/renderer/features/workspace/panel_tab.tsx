import type { IDockviewPanelHeaderProps } from 'dockview-react';
import { X } from 'lucide-react';
import type { MouseEvent } from 'react';

/**
 * The tab of a panel. What closes it is for the pointer alone: a tab may hold nothing that takes the focus; the keyboard has its
 * command, and the middle button closes as well.
 */
export function PanelTab({ api }: IDockviewPanelHeaderProps) {
  const close = (event: MouseEvent) => {
    event.preventDefault();
    api.close();
  };
  return (
    <div className="panel-tab" onAuxClick={(event) => event.button === 1 && close(event)}>
      {api.title}
      <span
        className="panel-tab-close"
        aria-hidden
        title="Close"
        onPointerDown={(event) => event.stopPropagation()}
        onClick={close}
      >
        <X size={11} strokeWidth={1.75} />
      </span>
    </div>
  );
}
