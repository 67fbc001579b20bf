using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace SsMfar.Validation;

/// <summary>The one place where options that are given to a part directly are validated, by their annotations.</summary>
internal static class OptionFaults
{
    /// <summary>Validates options, and options within them.</summary>
    /// <returns>One sentence for each fault; empty when there is none.</returns>
    public static IEnumerable<string> Of(object options) => Of(options, "");

    /// <summary>Refuses options with a fault.</summary>
    /// <param name="options">The options.</param>
    /// <param name="parameter">The parameter that they came as.</param>
    /// <exception cref="ArgumentException">The message lists every fault.</exception>
    public static void Refuse(object options, string parameter = "options")
    {
        string faults = string.Join(' ', Of(options));
        if (faults.Length > 0)
        {
            throw new ArgumentException(faults, parameter);
        }
    }

    private static IEnumerable<string> Of(object options, string path)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object? value = property.GetValue(options);
            string name = path + property.Name;
            var context = new ValidationContext(options) { MemberName = name, DisplayName = name };
            foreach (ValidationAttribute rule in property.GetCustomAttributes<ValidationAttribute>())
            {
                if (rule.GetValidationResult(value, context) is { } fault)
                {
                    string rules = fault.ErrorMessage!.TrimEnd('.');
                    yield return string.Create(CultureInfo.InvariantCulture, $"{rules}; it is {value ?? "null"}.");
                }
            }

            if (value is not null && IsOptions(property.PropertyType))
            {
                foreach (string fault in Of(value, name + "."))
                {
                    yield return fault;
                }
            }
        }

        foreach (ValidationResult fault in (options as IValidatableObject)?.Validate(new(options)) ?? [])
        {
            yield return path.Length == 0 ? fault.ErrorMessage! : $"{path.TrimEnd('.')}: {fault.ErrorMessage}";
        }
    }

    private static bool IsOptions(Type type) => type.IsClass && type.Name.EndsWith("Options", StringComparison.Ordinal);
}
