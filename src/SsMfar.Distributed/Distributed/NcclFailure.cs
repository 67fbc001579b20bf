namespace SsMfar.Distributed;

/// <summary>What NCCL could not do, in its words, and what to do about it.</summary>
internal static class NcclFailure
{
    private static readonly string WayOut =
        $"set {NcclLibrary.Chosen}={NcclLibrary.None}: what GPUs exchange then goes by way of the host.";

    /// <summary>The failure of a call.</summary>
    /// <param name="nccl">The library.</param>
    /// <param name="result">What the call gave, not 0.</param>
    /// <param name="what">What could not be done.</param>
    /// <param name="communicator">Whose call it was, where there is one.</param>
    public static ProcessGroupException Of(INccl nccl, int result, string what, nint communicator = 0)
    {
        string last = nccl.GetLastError(communicator);
        return new(
            $"NCCL {nccl.Version} could not {what}: {nccl.GetErrorString(result)}{(last.Length == 0 ? "" : $" ({last})")}.",
            result switch
            {
                1 => "See that the driver is as new as this NCCL asks for (nvidia-smi)",
                2 => "See that the machines of all ranks reach each other; NCCL_SOCKET_IFNAME names the interface",
                6 => "See what the other ranks say",
                _ => "See what NCCL says when NCCL_DEBUG is WARN",
            } + $", or {WayOut}");
    }

    /// <summary>The failure of a library that was chosen by name.</summary>
    /// <param name="problem">What is wrong with it.</param>
    public static ProcessGroupException OfChosen(string problem) => new($"{problem}.", $"Name another, or {WayOut}");
}
