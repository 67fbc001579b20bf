using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using SsMfar.Metadata;
using SsMfar.Runtime;

namespace SsMfar.Tests.Configuration;

/// <summary>Options as flat names and texts, as configuration has them, and the same with every value changed.</summary>
internal static class ChangedSettings
{
    /// <summary>Every value, by its path.</summary>
    public static SortedDictionary<string, string> Read(object options)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Read(options, "", values);
        return values;
    }

    /// <summary>Another value for every setting.</summary>
    public static SortedDictionary<string, string> Of(object options)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Change(options.GetType(), options, "", values);
        return values;
    }

    private static void Read(object options, string path, SortedDictionary<string, string> values)
    {
        foreach (PropertyInfo property in OptionsTypes.Bound(options.GetType()))
        {
            object? value = property.GetValue(options);
            if (value is IDictionary entries)
            {
                foreach (DictionaryEntry entry in entries)
                {
                    values[$"{path}{property.Name}:{entry.Key}"] = Text(entry.Value);
                }
            }
            else if (value is not null && OptionsTypes.IsNested(value.GetType()))
            {
                Read(value, $"{path}{property.Name}:", values);
            }
            else if (value is null || IsText(property.PropertyType))
            {
                values[path + property.Name] = Text(value);
            }
        }
    }

    private static void Change(Type type, object? options, string path, SortedDictionary<string, string> values)
    {
        foreach (PropertyInfo property in OptionsTypes.Bound(type))
        {
            Type of = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object? value = options is null ? null : property.GetValue(options);
            string name = path + property.Name;
            if (typeof(IDictionary).IsAssignableFrom(of))
            {
                Type[] arguments = of.GetGenericArguments();
                values[$"{name}:{(arguments[0].IsEnum ? Enum.GetNames(arguments[0])[0] : "entry")}"] = Another(arguments[1], null);
            }
            else if (OptionsTypes.IsNested(of))
            {
                Change(of, value, name + ":", values);
            }
            else if (IsText(of))
            {
                values[name] = Another(of, value);
            }
        }
    }

    private static bool IsText(Type type) => TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    // Of an enumeration the first other member; of numbers one that none of the defaults is.
    private static string Another(Type type, object? value) => value switch
    {
        bool flag => Text(!flag),
        Enum => Enum.GetNames(type).First(name => name != value.ToString()),
        _ when type == typeof(bool) => "True",
        _ when type.IsEnum => Enum.GetNames(type)[^1],
        _ when type == typeof(string) => "changed",
        _ when type == typeof(ComputeDevice) => "cpu",
        _ when type == typeof(FaceTemplate) => "arcface5",
        _ when type == typeof(int) || type == typeof(long) => "123457",
        _ => "0.4375",
    };

    private static string Text(object? value) => value switch
    {
        null => "null",
        FaceTemplate template => template.Name,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
