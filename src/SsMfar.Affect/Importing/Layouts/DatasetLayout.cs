namespace SsMfar.Importing.Layouts;

/// <summary>How a data set is laid out in files, and what its codes mean.</summary>
internal abstract class DatasetLayout(string name, string description)
{
    public string Name { get; } = name;

    /// <summary>What files it consists of, for who gives the wrong folder.</summary>
    public string Description { get; } = description;

    /// <summary>Reads every row.</summary>
    public abstract void Read(DatasetFolder folder, DatasetRows rows);
}
