using System.Collections.Immutable;

namespace SsMfar.Training;

/// <summary>What a run took of the model that it started from (<see cref="MultiTaskTrainerBuilder.UseStartModel"/>).</summary>
public sealed class StartReport
{
    internal StartReport(string path, ImmutableArray<StartedPart> parts, ImmutableArray<string> notes) =>
        (Path, Parts, Notes) = (path, parts, notes);

    /// <summary>Gets the model file.</summary>
    public string Path { get; }

    /// <summary>
    /// Gets the backbone, the head of each task that is learned, and the file's heads of tasks that are not, each with whether it was
    /// taken.
    /// </summary>
    public ImmutableArray<StartedPart> Parts { get; }

    /// <summary>Gets what else differs from how the model was trained, such as the size of the images; sentences.</summary>
    public ImmutableArray<string> Notes { get; }
}

/// <summary>A part of the model that a run started from.</summary>
public sealed class StartedPart
{
    internal StartedPart(string name, string? reason = null) => (Name, Reason) = (name, reason);

    /// <summary>Gets the part: <c>backbone</c>, or <c>head of TASK</c>.</summary>
    public string Name { get; }

    /// <summary>Gets whether the run started with its weights.</summary>
    public bool IsTaken => Reason is null;

    /// <summary>Gets why it was not taken, so that the run's own started fresh; null where it was.</summary>
    public string? Reason { get; }

    /// <summary>The name, with the reason where the part was not taken.</summary>
    public override string ToString() => Reason is null ? Name : $"{Name}: {Reason}";
}
