namespace SsMfar.Campaigns.Commands;

/// <summary>A command of the console that campaigns try.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Arguments">
/// Its command line, of the path that what it writes begins with: a folder, or files with an ending behind it.
/// </param>
internal sealed record TriedCommand(string Name, Func<string, string[]> Arguments)
{
    /// <summary>Gets whether a file that it leaves has to be the same to the byte each time; all have to unless given.</summary>
    public Func<string, bool> IsCompared { get; init; } = _ => true;

    /// <summary>Gets what the same command is given besides, where its folder is there already.</summary>
    public string[] Again { get; init; } = [];

    /// <summary>Gets whether it writes files; else what it prints is compared.</summary>
    public bool Writes { get; init; } = true;

    /// <summary>Its command line where it may have been begun before.</summary>
    public string[] ArgumentsNow(string output) =>
        [.. Arguments(output), .. Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() ? Again : []];
}
