using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Any options of <see cref="TrainingOptions"/> by name and value, as <c>--set Optimizer.WeightDecay=0.1</c> gives them.</summary>
internal sealed record OptionSettings(ImmutableSortedDictionary<string, string> Values)
{
    private const string Name = "--set";

    // An option of the command says these, run by run.
    private static readonly ImmutableDictionary<string, string> Reserved = ImmutableDictionary.CreateRange(StringComparer.Ordinal,
    [
        KeyValuePair.Create(nameof(TrainingOptions.Seed), "give --seed to train, --seeds to ablate and search."),
        KeyValuePair.Create(nameof(TrainingOptions.OnBadImage), "give --on-bad-image to train; ablate needs every image."),
    ]);

    private static readonly JsonSerializerOptions Format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
    };

    public static OptionSettings None { get; } = new(ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    /// <summary>The settings in the order of their names.</summary>
    public override string ToString() =>
        Values.IsEmpty ? "none" : string.Join(' ', Values.Select(setting => $"{setting.Key}={setting.Value}"));

    /// <summary>The option; null when it is not given.</summary>
    public static Option<OptionSettings?> Create() => new(Name)
    {
        HelpName = "NAME=VALUE",
        Description = "Any setting of the trainer by its name, may be repeated; 'ablate --plan' prints names and values",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = Parse,
    };

    /// <summary>Changes options.</summary>
    /// <exception cref="FormatException">A setting does not exist or cannot have its value.</exception>
    public void Apply(TrainingOptions options)
    {
        foreach ((string name, string value) in Values)
        {
            Apply(options, name, value);
        }
    }

    /// <summary>These settings and others, which must be of other names.</summary>
    public OptionSettings With(IEnumerable<KeyValuePair<string, string>> others) => new(Values.AddRange(others));

    /// <summary>Checks that a setting exists, may be set so, and can have a value.</summary>
    /// <exception cref="FormatException">It does not, may not or cannot.</exception>
    public static void Check(string name, string value)
    {
        if (Reserved.TryGetValue(name, out string? instead))
        {
            throw new FormatException($"is not set so: {instead}");
        }

        Apply(new TrainingOptions(), name, value);
    }

    private static OptionSettings? Parse(ArgumentResult result)
    {
        OptionSettings settings = None;
        foreach (Token token in result.Tokens)
        {
            int equals = token.Value.IndexOf('=', StringComparison.Ordinal);
            try
            {
                (string name, string value) = equals > 0
                    ? (token.Value[..equals], token.Value[(equals + 1)..])
                    : throw new FormatException("must be NAME=VALUE.");
                if (settings.Values.ContainsKey(name))
                {
                    throw new FormatException("is there twice.");
                }

                Check(name, value);
                settings = new(settings.Values.Add(name, value));
            }
            catch (FormatException fault)
            {
                result.AddError($"{Name} '{token.Value}': {fault.Message}");
                return null;
            }
        }

        return settings;
    }

    private static void Apply(TrainingOptions options, string name, string value)
    {
        JsonObject tree = JsonSerializer.SerializeToNode(options, Format)!.AsObject();
        string[] path = name.Split('.');
        JsonObject parent = tree;
        foreach (string part in path[..^1])
        {
            parent = parent[part] as JsonObject ?? throw Unknown(name);
        }

        if (parent[path[^1]] is JsonObject)
        {
            throw new FormatException($"'{name}' is a group of settings: name one of " +
                $"{string.Join(", ", parent[path[^1]]!.AsObject().Select(member => $"{name}.{member.Key}"))}.");
        }

        // The reader of an enumeration would make one value of several names, which only one of flags has.
        if (TypeOf(path) is { IsEnum: true } kind && !kind.IsDefined(typeof(FlagsAttribute)) &&
            value.Contains(',', StringComparison.Ordinal))
        {
            throw new FormatException($"'{value}' is no value of this setting.");
        }

        parent[path[^1]] = Read(value);
        TrainingOptions changed;
        try
        {
            changed = tree.Deserialize<TrainingOptions>(Format)!;
        }
        catch (JsonException fault) when (fault.Message.Contains("could not be mapped", StringComparison.Ordinal))
        {
            throw Unknown(name);
        }
        catch (JsonException)
        {
            throw new FormatException($"'{value}' is no value of this setting.");
        }

        // The options' own object stays: others may hold it.
        foreach (PropertyInfo property in typeof(TrainingOptions).GetProperties())
        {
            property.SetValue(options, property.GetValue(changed));
        }
    }

    // Null for an entry of a table.
    private static Type? TypeOf(string[] path)
    {
        Type? type = path.Aggregate<string, Type?>(typeof(TrainingOptions), (owner, name) => owner?.GetProperty(name)?.PropertyType);
        return type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
    }

    private static FormatException Unknown(string name) =>
        new($"there is no setting '{name}'; 'ablate --plan' prints those that there are.");

    private static JsonNode? Read(string value)
    {
        try
        {
            return value == "none" ? null : JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return value;
        }
    }
}
