using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Options whose values are checked while the command line is read, with messages that say what is allowed.</summary>
internal static class OptionKinds
{
    public static Option<string> Text(string name, string valueName, string description, bool required = true) => new(name)
    {
        HelpName = valueName,
        Description = description,
        Required = required,
        CustomParser = Parser(name, text => text.Length > 0 ? text : throw new FormatException("must not be empty.")),
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

    /// <summary>A value that names one of a list; the parser's exception lists them.</summary>
    public static Option<T> Named<T>(string name, string valueName, string description, Func<string, T> parse, Func<T>? fallback = null)
    {
        Option<T> option = new(name) { HelpName = valueName, Description = description, CustomParser = Parser(name, parse) };
        if (fallback is not null)
        {
            option.DefaultValueFactory = _ => fallback();
        }

        return option;
    }

    public static Option<ExpressionClassSet> Classes() => Named(
        "--classes",
        "A,B,...",
        "The expression classes in index order; s-Aff-Wild2's eight unless given",
        text => new ExpressionClassSet(text.Split(',', StringSplitOptions.TrimEntries)),
        () => ExpressionClassSet.AffWild2);

    private static T ParseNumber<T>(string text, T minimum, T maximum)
        where T : INumber<T> =>
        T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? number) && number >= minimum && number <= maximum
            ? number
            : throw new FormatException($"must be a {(typeof(T) == typeof(double) ? "" : "whole ")}number from {Plain(minimum)} to {Plain(maximum)}.");

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
            string message = fault is ArgumentException { ParamName: { } parameter } ? fault.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : fault.Message;
            result.AddError($"{name} '{text}': {message}");
            return default!;
        }
    };
}
