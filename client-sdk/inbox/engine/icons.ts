/** Outlines in a box of 24 by 24, in the text colour. */
export const icons = {
  bell: 'M18 9a6 6 0 0 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9M10 20a2.2 2.2 0 0 0 4 0',
  close: 'm7 7 10 10M17 7 7 17',
  tray: 'M3.5 13 6 5.5h12l2.5 7.5v5.5h-17zM3.5 13h5a3.5 3.5 0 0 0 7 0h5',
  alert: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M12 8v4.5M12 15.8v.1',
  warning: 'M12 4.2 2.9 19.6h18.2zM12 10v4.2M12 16.9v.1',
} as const;
