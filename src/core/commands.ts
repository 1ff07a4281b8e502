/**
 * Every command of the app as plain facts: its name, its keys and its place in the menus. The window gives each its
 * action; palette, shortcuts, help and the native menus read this one list.
 */
export type MenuName = 'File' | 'Edit' | 'View' | 'Analysis' | 'Movie' | 'Figure' | 'Time' | 'Help';
export const MENUS: readonly MenuName[] = ['File', 'Edit', 'View', 'Analysis', 'Movie', 'Figure', 'Time', 'Help'];

export interface CommandFacts {
  id: string;
  /** As a menu and the palette show it; an ellipsis where more will be asked. */
  title: string;
  menu: MenuName;
  /** Keys that run it, in the manner of Electron's accelerators; the first one is shown. */
  keys?: readonly string[];
  /** A line above it in its menu. */
  separated?: boolean;
}

const facts = [
  { id: 'project.new', title: 'New project…', menu: 'File', keys: ['Alt+N'] },
  { id: 'project.open', title: 'Open project…', menu: 'File', keys: ['CmdOrCtrl+O'] },
  { id: 'project.demo', title: 'Open the demo project', menu: 'File' },
  { id: 'project.relink', title: 'Find scans that were moved…', menu: 'File' },
  { id: 'project.close', title: 'Close project', menu: 'File', keys: ['Alt+W'] },
  { id: 'view.snapshot', title: 'Save a snapshot of the view', menu: 'File', keys: ['S'], separated: true },
  { id: 'app.settings', title: 'Settings…', menu: 'File', keys: ['CmdOrCtrl+,'], separated: true },

  { id: 'edit.undo', title: 'Undo', menu: 'Edit', keys: ['CmdOrCtrl+Z'] },
  { id: 'edit.redo', title: 'Redo', menu: 'Edit', keys: ['CmdOrCtrl+Shift+Z', 'CmdOrCtrl+Y'] },

  { id: 'app.palette', title: 'Search all commands…', menu: 'View', keys: ['CmdOrCtrl+Shift+P', 'F1'] },
  { id: 'view.planeX', title: 'Plane yz (across x)', menu: 'View', keys: ['X'], separated: true },
  { id: 'view.planeY', title: 'Plane xz (across y)', menu: 'View', keys: ['Y'] },
  { id: 'view.planeZ', title: 'Plane xy (across z)', menu: 'View', keys: ['Z'] },
  { id: 'view.volume', title: '3D view', menu: 'View', keys: ['V'] },
  { id: 'view.autoContrast', title: 'Auto contrast of the active layer', menu: 'View', keys: ['A'], separated: true },
  { id: 'view.lockContrast', title: 'Lock contrast over time, or not', menu: 'View', keys: ['Shift+A'] },
  { id: 'view.profile', title: 'Line profile', menu: 'View', keys: ['L'] },
  { id: 'view.fill', title: 'Fill the window with the active view', menu: 'View', keys: ['F'] },
  { id: 'view.sliceUp', title: 'Next slice', menu: 'View', keys: ['Down', 'PageDown'], separated: true },
  { id: 'view.sliceDown', title: 'Previous slice', menu: 'View', keys: ['Up', 'PageUp'] },
  { id: 'view.sliceUp10', title: 'Ten slices on', menu: 'View', keys: ['Shift+Down', 'Shift+PageDown'] },
  { id: 'view.sliceDown10', title: 'Ten slices back', menu: 'View', keys: ['Shift+Up', 'Shift+PageUp'] },
  { id: 'view.centre', title: 'Crosshair to the centre', menu: 'View', keys: ['C'] },
  { id: 'view.clip', title: 'Clip the 3D view…', menu: 'View', keys: ['K'], separated: true },
  { id: 'view.clipHere', title: 'Clip 3D at the crosshair', menu: 'View', keys: ['Shift+K'] },
  { id: 'view.clipNone', title: 'Show the whole volume in 3D', menu: 'View', keys: ['Alt+K'] },
  { id: 'view.sliceInVolumeZ', title: 'Slice xy in 3D', menu: 'View', keys: ['Alt+Z'] },
  { id: 'view.sliceInVolumeY', title: 'Slice xz in 3D', menu: 'View', keys: ['Alt+Y'] },
  { id: 'view.sliceInVolumeX', title: 'Slice yz in 3D', menu: 'View', keys: ['Alt+X'] },
  { id: 'view.regions', title: 'Show or hide regions', menu: 'View', keys: ['G'] },
  { id: 'panel.scans', title: 'Panel: scans', menu: 'View', keys: ['Alt+1'], separated: true },
  { id: 'panel.layers', title: 'Panel: layers', menu: 'View', keys: ['Alt+2'] },
  { id: 'panel.regions', title: 'Panel: regions', menu: 'View', keys: ['Alt+3'] },
  { id: 'panel.analysis', title: 'Panel: analysis', menu: 'View', keys: ['Alt+4'] },
  { id: 'panel.cracks', title: 'Panel: cracks', menu: 'View', keys: ['Alt+5'] },
  { id: 'panel.movies', title: 'Panel: movies', menu: 'View', keys: ['Alt+6'] },
  { id: 'panel.figures', title: 'Panel: figures', menu: 'View', keys: ['Alt+8'] },
  { id: 'panel.measurements', title: 'Panel: measurements', menu: 'View', keys: ['Alt+7'] },
  { id: 'panel.close', title: 'Close the panel in front', menu: 'View', keys: ['Alt+Q'] },
  { id: 'view.resetLayout', title: 'Arrange the panels as at first', menu: 'View' },
  { id: 'app.theme', title: 'Dark or light', menu: 'View', keys: ['CmdOrCtrl+Shift+L'] },

  { id: 'analysis.run', title: 'Run the analysis', menu: 'Analysis', keys: ['CmdOrCtrl+Enter'] },
  { id: 'analysis.cancel', title: 'Cancel what is running', menu: 'Analysis' },
  { id: 'analysis.copyRecipe', title: 'Copy the recipe', menu: 'Analysis' },
  { id: 'analysis.copyResolved', title: 'Copy the recipe as resolved', menu: 'Analysis' },
  { id: 'project.copyScript', title: 'Copy the project as a script', menu: 'Analysis' },
  { id: 'project.clean', title: 'Remove unused results…', menu: 'Analysis' },
  { id: 'region.drawBox', title: 'Draw a box region', menu: 'Analysis', keys: ['B'], separated: true },
  { id: 'region.drawCylinder', title: 'Draw a cylinder region', menu: 'Analysis', keys: ['O'] },
  { id: 'region.add', title: 'Add a region at the crosshair', menu: 'Analysis', keys: ['Shift+B'] },
  { id: 'region.rename', title: 'Rename the region', menu: 'Analysis', keys: ['F2'] },
  { id: 'region.delete', title: 'Delete the region', menu: 'Analysis', keys: ['Delete', 'Backspace'] },
  { id: 'region.measure', title: 'Measure in this scan', menu: 'Analysis', keys: ['M'] },
  { id: 'region.measureSeries', title: 'Measure in every scan', menu: 'Analysis', keys: ['Shift+M'] },

  { id: 'movie.new', title: 'New storyboard', menu: 'Movie' },
  { id: 'movie.take', title: 'Take a storyboard from a file…', menu: 'Movie' },
  { id: 'movie.save', title: 'Save the storyboard as a file', menu: 'Movie' },
  { id: 'movie.show', title: 'Show the storyboard and its movie', menu: 'Movie', keys: ['Alt+M'] },
  { id: 'movie.arrange', title: 'Room for the movie, or the panels as before', menu: 'Movie' },
  { id: 'movie.play', title: 'Play or pause the movie', menu: 'Movie', keys: ['P'], separated: true },
  { id: 'movie.keyFromView', title: 'Keyframe from the 3D view', menu: 'Movie', keys: ['I'] },
  { id: 'movie.toView', title: 'Look from the movie’s camera in 3D', menu: 'Movie', keys: ['Shift+I'] },
  { id: 'movie.still', title: 'Save this frame of the movie', menu: 'Movie' },
  { id: 'movie.split', title: 'Split the shot at the playhead', menu: 'Movie', keys: ['CmdOrCtrl+B'] },
  { id: 'movie.duplicate', title: 'Duplicate the shot', menu: 'Movie', keys: ['CmdOrCtrl+D'] },
  { id: 'movie.delete', title: 'Delete what is selected in the storyboard', menu: 'Movie' },
  { id: 'movie.export', title: 'Make the movie', menu: 'Movie', keys: ['CmdOrCtrl+Shift+Enter'], separated: true },

  { id: 'figure.show', title: 'Show the figure', menu: 'Figure' },
  { id: 'figure.duplicate', title: 'Duplicate the figure', menu: 'Figure' },
  { id: 'figure.export', title: 'Write this figure', menu: 'Figure', separated: true },
  { id: 'figure.exportAll', title: 'Write every figure', menu: 'Figure' },

  { id: 'time.play', title: 'Play or pause', menu: 'Time', keys: ['Space'] },
  { id: 'time.next', title: 'Next scan', menu: 'Time', keys: ['Right'] },
  { id: 'time.previous', title: 'Previous scan', menu: 'Time', keys: ['Left'] },
  { id: 'time.next10', title: 'Ten scans on', menu: 'Time', keys: ['Shift+Right'] },
  { id: 'time.previous10', title: 'Ten scans back', menu: 'Time', keys: ['Shift+Left'] },
  { id: 'time.first', title: 'First scan', menu: 'Time', keys: ['Home'] },
  { id: 'time.last', title: 'Last scan', menu: 'Time', keys: ['End'] },
  { id: 'time.loop', title: 'Play in a loop', menu: 'Time', keys: ['R'], separated: true },
  { id: 'time.faster', title: 'Play faster', menu: 'Time', keys: [']'] },
  { id: 'time.slower', title: 'Play slower', menu: 'Time', keys: ['['] },

  { id: 'app.help', title: 'All shortcuts', menu: 'Help', keys: ['?'] },
] as const satisfies readonly CommandFacts[];

export type CommandId = (typeof facts)[number]['id'];
export const COMMANDS: readonly (CommandFacts & { id: CommandId })[] = facts;

/**
 * Keys that a native menu may only show: the window listens to them itself, so that a letter typed into a field is not
 * taken for a command.
 */
export function isBareKey(keys: string): boolean {
  return !/^(CmdOrCtrl|Alt)\+/.test(keys);
}

const EDITING = ['CmdOrCtrl+Z', 'CmdOrCtrl+Shift+Z', 'CmdOrCtrl+Y'];

/** Keys that belong to a text field while one is typed into: what they undo there is the typing. */
export function isEditingKey(keys: string): boolean {
  return EDITING.includes(keys);
}
