import { CircleAlert, CircleCheck, TriangleAlert, X } from 'lucide-react';
import { type Notice, putAway, useNotices } from '../state/notices.ts';
import { IconButton } from './controls.tsx';
import './notices.css';

const ICONS = { error: CircleAlert, warning: TriangleAlert, done: CircleCheck };
const WORDS = { error: 'Error', warning: 'Warning', done: 'Done' };

/** What happened, in the corner: what, where, why and what to do. */
export function Notices() {
  const notices = useNotices((state) => state.notices);
  return (
    <section className="notices" aria-label="Messages" aria-live="polite">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice: { id, kind, title, where, why, whatToDo } }: { notice: Notice }) {
  const Icon = ICONS[kind];
  return (
    <div className={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon size={16} strokeWidth={1.75} aria-label={WORDS[kind]} />
      <div className="notice-words selectable">
        <strong>{title}</strong>
        {where && <span className="mono">{where}</span>}
        {why && <span>{why}</span>}
        {whatToDo && <span className="muted">{whatToDo}</span>}
      </div>
      <IconButton label="Put away" icon={X} size={14} side="left" onClick={() => putAway(id)} />
    </div>
  );
}

/** An error inside a page or dialog, beside what caused it. */
export function Problem({ title, where, why, whatToDo }: Omit<Notice, 'id' | 'kind'>) {
  return (
    <div className="notice error inline" role="alert">
      <CircleAlert size={16} strokeWidth={1.75} aria-label="Error" />
      <div className="notice-words selectable">
        <strong>{title}</strong>
        {where && <span className="mono">{where}</span>}
        {why && <span>{why}</span>}
        {whatToDo && <span className="muted">{whatToDo}</span>}
      </div>
    </div>
  );
}
