import { Download, FolderOpen } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Output } from '../../../contract/app.ts';
import { IconButton, Section } from '../../components/controls.tsx';
import { bytes, whenText } from '../../components/format.ts';
import { call } from '../../host/call.ts';
import { attempt } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { useProject, useSession } from '../../state/session.ts';
import { download, isOpen } from '../analysis/job_list.tsx';

type Files = Output<'exports'>['files'];

/** What was made, as it lies in the project: files whose names `of` fits, and folders where those are meant too. */
export function ExportedFiles({ of, folders = false }: { of: RegExp; folders?: boolean }) {
  const path = useProject()?.path;
  const ended = useSession((session) => session.jobs.filter((job) => !isOpen(job)).length);
  const [files, setFiles] = useState<Files>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a job that ended may have written one
  useEffect(() => {
    let gone = false;
    void attempt(() => call('exports', {})).then((found) => {
      if (!gone && found) setFiles(found.files);
    });
    return () => {
      gone = true;
    };
  }, [path, ended]);
  const shown = files.filter(({ name, kind }) => (kind === 'folder' ? folders : of.test(name)));
  if (shown.length === 0) return null;
  const desktop = bridge();
  return (
    <Section title="Made">
      <ul className="movies-files">
        {shown.map((file) => (
          <li key={file.name}>
            <span className="ellipsis" title={file.path}>
              {file.name}
            </span>
            <span className="label">
              {file.bytes === null ? 'folder' : bytes(file.bytes)}, {whenText(file.at)}
            </span>
            {desktop ? (
              <IconButton
                label={`Show ${file.name} in its folder`}
                icon={FolderOpen}
                size={14}
                onClick={() => desktop.reveal(file.path)}
              />
            ) : (
              file.kind === 'file' && (
                <IconButton
                  label={`Download ${file.name}`}
                  icon={Download}
                  size={14}
                  onClick={() => download(file.name)}
                />
              )
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
