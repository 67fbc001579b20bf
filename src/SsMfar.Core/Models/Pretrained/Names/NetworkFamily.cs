using System.Collections.Immutable;
using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>Networks of one kind and several sizes, which are told by the names of their tensors.</summary>
internal abstract class NetworkFamily
{
    /// <summary>Gets the ResNets.</summary>
    public static NetworkFamily ResNets { get; } = new ResNetFamily();

    /// <summary>Gets the families. Where a file's names are those of two, it is the one that comes first, whose names say more.</summary>
    public static ImmutableArray<NetworkFamily> All { get; } =
        [new IResNetFamily(), ResNets, new EfficientNetFamily(), new MobileFaceNetFamily()];

    /// <summary>Gets what the family is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Gets whose names are understood, for messages.</summary>
    public abstract string NamedBy { get; }

    /// <summary>Gets the first convolution's weights, by their name in the network.</summary>
    public abstract string FirstConvolution { get; }

    /// <summary>Gets the layouts of files, the usual one first.</summary>
    public abstract ImmutableArray<WeightLayout> Layouts { get; }

    /// <summary>The network that a file holds; null where it is none that has a name.</summary>
    /// <param name="find">A tensor of the file by its name in the network.</param>
    public abstract KnownNetwork? Held(Func<string, WeightEntry?> find);

    /// <summary>What a backbone is, if it is of this family.</summary>
    public abstract KnownNetwork? Describe(IBackbone backbone);

    /// <summary>A backbone's family and what it is; null where it is not a built-in one.</summary>
    public static (NetworkFamily Family, KnownNetwork Network)? Of(IBackbone backbone)
    {
        foreach (NetworkFamily family in All)
        {
            if (family.Describe(backbone) is { } network)
            {
                return (family, network);
            }
        }

        return null;
    }

    /// <summary>A name with its article.</summary>
    public static string WithArticle(string name) => $"{(name[0] is 'E' or 'I' ? "an" : "a")} {name}";
}
