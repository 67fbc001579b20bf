using System.Collections;
using System.Reflection;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Onnx;
using SsMfar.Training;

namespace SsMfar.Tests.Configuration;

/// <summary>The options of the packages, found by reflection, so that new ones take part by themselves.</summary>
internal static class OptionsTypes
{
    private static readonly Assembly[] Packages =
        [typeof(AnnotationSet).Assembly, typeof(MultiTaskTrainer).Assembly, typeof(OnnxAffectPredictor).Assembly,
            typeof(FaceReader).Assembly];

    /// <summary>Every class that an application may bind, and every one within such a class.</summary>
    public static IReadOnlyList<Type> All { get; } = [.. Reachable(Packages.SelectMany(package => package.GetExportedTypes())
        .Where(type => type.IsClass && !type.IsAbstract && type.Name.EndsWith("Options", StringComparison.Ordinal))
        .Concat([typeof(ImageDecoder), typeof(ExpressionLossWeights), typeof(FaceTemplate)]))
        .OrderBy(type => type.FullName, StringComparer.Ordinal)];

    /// <summary>Everything that the packages offer as a value of such a class, by name.</summary>
    public static IReadOnlyDictionary<string, Func<object>> Presets { get; } = Packages.SelectMany(package => package.GetExportedTypes())
        .SelectMany(PresetsOf).Concat(TrainingRecipe.All.Select(recipe => ($"recipe {recipe.Name}", (Func<object>)recipe.Create)))
        .Concat(TrainingRecipe.All.SelectMany(recipe => SsMfarVariant.All.Select(variant =>
            ($"recipe {recipe.Name} with {variant.Name}", (Func<object>)(() => With(recipe, variant))))))
        .Concat(All.Select(type => ($"new {type.Name}", (Func<object>)(() => Activator.CreateInstance(type)!))))
        .ToDictionary(preset => preset.Item1, preset => preset.Item2, StringComparer.Ordinal);

    /// <summary>The properties that a binder may set or go into, and what of them it is not asked to.</summary>
    public static IEnumerable<PropertyInfo> Bound(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetIndexParameters().Length == 0 && !IsGivenInCode(property.PropertyType))
        .Where(property => property.SetMethod?.IsPublic == true || typeof(IDictionary).IsAssignableFrom(property.PropertyType));

    /// <summary>Whether a value has options of its own.</summary>
    public static bool IsNested(Type type) => Packages.Contains(type.Assembly) && (type.IsClass || (type.IsValueType && !type.IsEnum))
        && System.ComponentModel.TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)) == false && Bound(type).Any();

    // Functions and services, such as a logger factory.
    private static bool IsGivenInCode(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) || (type.IsInterface && !typeof(IEnumerable).IsAssignableFrom(type));

    private static TrainingOptions With(TrainingRecipe recipe, SsMfarVariant variant)
    {
        TrainingOptions options = recipe.Create();
        variant.Apply(options);
        return options;
    }

    private static IEnumerable<(string, Func<object>)> PresetsOf(Type owner)
    {
        const BindingFlags Static = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (PropertyInfo property in owner.GetProperties(Static).Where(property => All.Contains(property.PropertyType)))
        {
            yield return ($"{owner.Name}.{property.Name}", () => property.GetValue(null)!);
        }

        foreach (FieldInfo field in owner.GetFields(Static).Where(field => All.Contains(field.FieldType)))
        {
            yield return ($"{owner.Name}.{field.Name}", () => field.GetValue(null)!);
        }
    }

    private static HashSet<Type> Reachable(IEnumerable<Type> types)
    {
        var found = new HashSet<Type>();
        var open = new Queue<Type>(types);
        while (open.TryDequeue(out Type? type))
        {
            if (found.Add(type))
            {
                foreach (Type within in Bound(type).Select(property => property.PropertyType).Where(IsNested).Where(t => t.IsClass))
                {
                    open.Enqueue(within);
                }
            }
        }

        return found;
    }
}
