namespace SsMfar.Models;

/// <summary>
/// A weight or model file that cannot be read or written. The message names the file, the entry, the fault and the remedy.
/// </summary>
public sealed class ModelFileException : Exception
{
    /// <summary>A fault without a file.</summary>
    public ModelFileException()
    {
    }

    /// <summary>A fault without a file.</summary>
    /// <param name="message">What is wrong.</param>
    public ModelFileException(string message)
        : base(message)
    {
    }

    /// <summary>A fault without a file.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What led to it.</param>
    public ModelFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>A fault of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The entry at fault, or null for the whole file.</param>
    /// <param name="problem">What is wrong, one sentence without its full stop.</param>
    /// <param name="remedy">What to do, one sentence without its full stop.</param>
    /// <param name="innerException">What led to it.</param>
    public ModelFileException(string path, string? key, string problem, string remedy, Exception? innerException = null)
        : base($"{path}{(key is null ? "" : $": entry '{key}'")}: {problem}. {remedy}.", innerException)
    {
        Path = path;
        Key = key;
    }

    /// <summary>The file, or null.</summary>
    public string? Path { get; }

    /// <summary>The entry at fault, or null for the whole file.</summary>
    public string? Key { get; }

    /// <summary>What the file is instead of what was asked for, where its first bytes tell; else null.</summary>
    public WeightFileKind? Kind { get; init; }
}
