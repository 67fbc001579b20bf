using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Options whose values are checked while the command line is read, with messages that say what is allowed.</summary>
internal static class OptionKinds
{
    public static Option<string> Text(string name, string valueName, string description, bool required = true) => new(name)
    {
        HelpName = valueName,
        Description = description,
        Required = required,
        CustomParser = Parser(name, NotEmpty),
    };

    /// <summary>Texts, of which each has the option's name before it.</summary>
    public static Option<string[]> Texts(string name, string valueName, string description) => new(name)
    {
        HelpName = valueName,
        Description = description,
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = NoneEmpty(name),
    };

    /// <summary>A text that is given without a name.</summary>
    public static Argument<string> Argument(string name, string description) =>
        new(name) { Description = description, CustomParser = Parser(name, NotEmpty) };

    /// <summary>Texts, one or more, that are given without a name.</summary>
    public static Argument<string[]> Arguments(string name, string description) => new(name)
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = NoneEmpty(name),
    };

    public static Option<T> Number<T>(string name, string description, T minimum, T maximum, T fallback)
        where T : struct, INumber<T> => new(name)
        {
            HelpName = "N",
            Description = description,
            DefaultValueFactory = _ => fallback,
            CustomParser = Parser(name, text => ParseNumber(text, minimum, maximum)),
        };

    /// <summary>A number that is left to the recipe when it is not given.</summary>
    public static Option<T?> OptionalNumber<T>(string name, string description, T minimum, T maximum)
        where T : struct, INumber<T> => new(name)
        {
            HelpName = "N",
            Description = description,
            CustomParser = Parser<T?>(name, text => ParseNumber(text, minimum, maximum)),
        };

    /// <summary>A value that names one of a list; the parser's exception lists them. Not given, it is the type's default value.</summary>
    public static Option<T?> Named<T>(string name, string valueName, string description, Func<string, T> parse) => new(name)
    {
        HelpName = valueName,
        Description = description,
        Arity = ArgumentArity.ExactlyOne, // of arrays it would be any number, of which the parser reads the last
        CustomParser = Parser<T?>(name, text => parse(text)),
    };

    /// <summary>One of an enumeration's values, in lower case; the first unless given.</summary>
    public static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(value => value.ToLowerInvariant())];
        return Named(
            name,
            string.Join('|', names),
            description,
            text => Find<T>(text) ?? throw new FormatException($"must be one of {string.Join(", ", names)}."));
    }

    /// <summary>
    /// The value of an enumeration that has a name, in upper or lower case; null where none has. Numbers, and several names parted by
    /// commas, which an enumeration's own parser takes, are no names.
    /// </summary>
    public static T? Find<T>(string name)
        where T : struct, Enum =>
        Enum.GetNames<T>().FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found) : null;

    private static string NotEmpty(string text) => text.Length > 0 ? text : throw new FormatException("must not be empty.");

    private static Func<ArgumentResult, string[]> NoneEmpty(string name) => result =>
    {
        string[] texts = [.. result.Tokens.Select(token => token.Value)];
        if (texts.Contains(""))
        {
            result.AddError($"{name} '': must not be empty.");
        }

        return texts;
    };

    private static T ParseNumber<T>(string text, T minimum, T maximum)
        where T : INumber<T> =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? number) && number >= minimum && number <= maximum
            ? number
            : throw new FormatException(
                $"must be a {(typeof(T) == typeof(double) ? "" : "whole ")}number from {Plain(minimum)} to {Plain(maximum)}.");

    private static string Plain<T>(T number)
        where T : INumber<T> => number.ToString(null, CultureInfo.InvariantCulture);

    private static Func<ArgumentResult, T> Parser<T>(string name, Func<string, T> parse) => result =>
    {
        string text = result.Tokens[^1].Value;
        try
        {
            return parse(text);
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            string message = fault is ArgumentException { ParamName: { } parameter } ?
                fault.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) :
                fault.Message;
            result.AddError($"{name} '{text}': {message}");
            return default!;
        }
    };
}
