using System.Collections;
using System.Globalization;
using System.Reflection;
using SsMfar.Augmentation;
using SsMfar.Imaging;

namespace SsMfar.Tests.Training.Wiring;

/// <summary>Names and values as text, so that what differs between two records can be read.</summary>
internal sealed class Entries : SortedDictionary<string, string>
{
    public const string None = "none";

    public Entries()
        : base(StringComparer.Ordinal)
    {
    }

    public static string Text(object? value) => value switch
    {
        null => None,
        bool flag => flag ? "yes" : "no",
        double number => number.ToString("G5", CultureInfo.InvariantCulture),
        float number => ((double)number).ToString("G5", CultureInfo.InvariantCulture),
        ChannelValues colour => $"{Text(colour.Red)} {Text(colour.Green)} {Text(colour.Blue)}",
        Magnitude magnitude => $"{Text(magnitude.Minimum)}{(magnitude.EndsOnly ? "|" : "..")}{Text(magnitude.Maximum)}",
        RandAugmentChoice choice when choice.Magnitude == Magnitude.None => $"{choice.Operation}",
        RandAugmentChoice choice => $"{choice.Operation} {Text(choice.Magnitude)}",
        IEnumerable<RandAugmentChoice> choices => string.Join(", ", choices.Select(Text)),
        IEnumerable values and not string => string.Join(' ', values.Cast<object?>().Select(Text)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Adds every property of options, those within options too: an option that is new shows up by itself.</summary>
    public void AddOptions(string name, object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
        {
            object? value = property.GetValue(options);
            if (value is not null && value.GetType() is { IsClass: true } type && type != typeof(string) && value is not IEnumerable)
            {
                AddOptions($"{name}.{property.Name}", value);
            }
            else
            {
                this[$"{name}.{property.Name}"] = Text(value);
            }
        }
    }

    /// <summary>Removes an entry and all beneath it.</summary>
    public void RemoveAll(string name)
    {
        foreach (string key in Keys.Where(key => key == name || key.StartsWith(name + ".", StringComparison.Ordinal)).ToArray())
        {
            Remove(key);
        }
    }
}
