namespace SsMfar.Tests.Models;

/// <summary>
/// Tests that change what belongs to the whole process (torch's random state, switches, thread counts, when garbage is collected): while
/// one runs, no other does.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessState
{
    internal const string Name = "State of the process";
}
