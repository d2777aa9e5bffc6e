/** The text of docs/reference/commands.md. */
export declare function commandsPage(): Promise<string>;
