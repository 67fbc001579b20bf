namespace SsMfar.ConsoleApp.Shell;

/// <summary>Arguments that cannot be used. The message names the option, the value and the remedy.</summary>
internal sealed class BadInputException(string message) : Exception(message);
