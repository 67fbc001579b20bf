namespace SsMfar.Runtime;

/// <summary>Shortens what the runtime says about a library that did not load to the loader's own words.</summary>
internal static class LoadError
{
    internal static string Reason(Exception exception)
    {
        var lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Skip(1).FirstOrDefault() ?? exception.Message;
    }
}
