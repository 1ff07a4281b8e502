import { Download } from 'lucide-react';
import { IconButton } from '../../components/controls.tsx';

/** Over a table: how much it holds, and the way out as CSV. */
export function TableBar({ words, save }: { words: string; save: (() => void) | null }) {
  return (
    <div className="table-bar">
      <span className="label">{words}</span>
      <IconButton label="Save as CSV" icon={Download} size={14} disabled={!save} onClick={() => save?.()} />
    </div>
  );
}
