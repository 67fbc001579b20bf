namespace SsMfar.Runtime;

/// <summary>
/// Has the natives loaded by parts that make tensors of their own, so that a program may begin with any of them. What they are loaded from
/// is no business of theirs.
/// </summary>
internal static class FirstTensor
{
    /// <summary>Loads the natives, unless they are loaded.</summary>
    /// <exception cref="TorchRuntimeException">They cannot be loaded.</exception>
    public static void Allow() => TorchRuntime.Initialize();

    /// <summary>The same before a module is made, whose base class calls the natives with its name.</summary>
    /// <returns>The name.</returns>
    /// <exception cref="TorchRuntimeException">They cannot be loaded.</exception>
    public static string Allow(string module)
    {
        TorchRuntime.Initialize();
        return module;
    }
}
