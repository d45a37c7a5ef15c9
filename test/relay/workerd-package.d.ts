/** The package has no types of its own: its one export is where the runtime's binary is. */
declare module 'workerd' {
  const path: string;
  export default path;
}
